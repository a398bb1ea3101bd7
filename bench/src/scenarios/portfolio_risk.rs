//! `daybook risk portfolio` of 100 holdings over five years as a whole process, with everything cached.

use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::Desk;
use crate::process::Daybook;
use crate::report::{Bar, Line};
use crate::timing::Taken;
use crate::world::{Shape, World};

const SHAPE: Shape = Shape { account_count: 1, position_count: 100, session_count: 1_260, symbol_count: 108 };
const SECONDS_MAX: f64 = 0.15;

/// What symbols are measured on: the first series of the set.
const SETTINGS: [(&str, &str); 3] = [
    ("DAYBOOK_RISK__BENCHMARK", "S0000"),
    ("DAYBOOK_RISK__RATE_PROXY", "S0001"),
    (
        "DAYBOOK_RISK__STYLE_FACTORS",
        "value=S0002,growth=S0003,momentum=S0004,quality=S0005,size=S0006,low_volatility=S0007",
    ),
];

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let daybook = Daybook::build()?;
    let world = World::new(SHAPE)?;
    let desk = Desk::new(&world)?;
    runtime.block_on(async {
        desk.import("book", &world).await?;
        desk.fetch("book", &world).await
    })?;
    let database = desk.database("book");
    daybook.answer(&database, desk.folder(), &["refresh"], &SETTINGS)?;
    let name = world.accounts[0].name.as_str();
    let asked = ["risk", "portfolio", name, "--json"];
    let (_, answer) = daybook.answer(&database, desk.folder(), &asked, &SETTINGS)?;
    for figure in ["\"covered_share\": 1.0", "\"parametric_var_99\"", "\"clusters\"", "\"attribution\""] {
        ensure!(answer.contains(figure), "{figure} is missing in the answer");
    }
    let mut taken = Taken::default();
    for _ in 0..repeats.runs {
        let (seconds, _) = daybook.answer(&database, desk.folder(), &asked, &SETTINGS)?;
        taken.note(seconds, None);
    }
    let note = format!("fastest {:.3} s; every figure and the attribution of its session", taken.wall_s(0.0));
    let line =
        Line::new("risk portfolio, 100 holdings, 5 years", taken.wall_s(0.5), "s", Bar::AtMost(SECONDS_MAX));
    Ok(vec![line.note(note)])
}
