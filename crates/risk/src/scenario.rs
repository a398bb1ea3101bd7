//! Scenarios: what is supposed to happen.

use model::Date;

/// Moves that are supposed to happen at once.
///
/// # Units
/// Fractions: -0.1 is a fall of 10 %, a yield change of 0.01 is 100 basis points, a volatility change of 0.2 takes 20 %
/// a year to 40 %.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// Its name in settings and answers.
    pub name: String,
    /// The benchmark's return.
    pub market: Option<f64>,
    /// The change of yields; the rate proxy returns `-duration` times it.
    pub yield_change: Option<f64>,
    /// Styles by name with their moves beyond the benchmark's.
    pub styles: Vec<(String, f64)>,
    /// The change of every option's volatility.
    pub volatility_change: f64,
    /// Where the sizes come from.
    pub source: String,
}

/// A stretch of the past that happens again.
///
/// # Convention
/// From the close of the first date to that of the last; both are sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its name in settings and answers.
    pub name: String,
    /// The close it begins with.
    pub from: Date,
    /// The close it ends with.
    pub to: Date,
    /// What happened.
    pub source: String,
}

/// Moves of the benchmark with where their sizes come from.
const MARKET: [(&str, f64, &str); 7] = [
    ("market_down_5", -0.05, "a fall of the S&P 500 by 5 % from its high, as most years see one"),
    ("market_up_5", 0.05, "the opposite of market_down_5"),
    ("market_down_10", -0.10, "a correction as the press counts them: 10 % from the high"),
    ("market_up_10", 0.10, "the opposite of market_down_10"),
    (
        "market_down_20",
        -0.20,
        "a bear market as the press counts them; the S&P 500 fell by 20.5 % on 1987-10-19 alone",
    ),
    ("market_down_35", -0.35, "the S&P 500 fell by 33.9 % from 2020-02-19 to 2020-03-23"),
    ("market_up_25", 0.25, "the S&P 500 rose by 24.7 % from 2020-03-23 to 2020-04-09"),
];

/// Changes of yields with where their sizes come from.
const YIELDS: [(&str, f64, &str); 7] = [
    ("rates_down_25bp", -0.0025, "one usual step of the Federal Reserve"),
    ("rates_up_25bp", 0.0025, "one usual step of the Federal Reserve"),
    ("rates_down_50bp", -0.005, "two usual steps; the cut of 2020-03-03"),
    ("rates_up_50bp", 0.005, "two usual steps; the rise of 2022-05-04"),
    (
        "rates_down_100bp",
        -0.01,
        "the ten-year yield fell from 1.56 to 0.54 % between 2020-02-19 and 2020-03-09",
    ),
    (
        "rates_up_100bp",
        0.01,
        "the ten-year yield rose from 1.52 to 2.89 % between 2021-12-31 and 2022-04-29, rounded down",
    ),
    (
        "rates_up_300bp",
        0.03,
        "the ten-year yield rose from 1.2 to 4.2 % between August 2021 and October 2022",
    ),
];

/// The scenarios that are there without any setting.
///
/// Their sizes are defaults, each with its source; settings may say otherwise.
///
/// # Example
/// ```
/// let scenarios = risk::default_scenarios();
/// let squeeze = scenarios.iter().find(|scenario| scenario.name == "liquidity_squeeze").unwrap();
/// assert_eq!((squeeze.market, squeeze.yield_change), (Some(-0.1), Some(0.005)));
/// ```
pub fn default_scenarios() -> Vec<Scenario> {
    let market =
        MARKET.iter().map(|(name, market, source)| Scenario { market: Some(*market), ..named(name, source) });
    let yields = YIELDS
        .iter()
        .map(|(name, change, source)| Scenario { yield_change: Some(*change), ..named(name, source) });
    market.chain(yields).chain(style_scenarios()).chain(joint_scenarios()).collect()
}

fn named(name: &str, source: &str) -> Scenario {
    Scenario { name: name.to_owned(), source: source.to_owned(), ..Scenario::default() }
}

fn styles(moves: &[(&str, f64)]) -> Vec<(String, f64)> {
    moves.iter().map(|(name, move_)| ((*name).to_owned(), *move_)).collect()
}

fn style_scenarios() -> [Scenario; 3] {
    [
        Scenario {
            styles: styles(&[("value", 0.05), ("growth", -0.05)]),
            ..named(
                "value_up_growth_down",
                "half of 2022, when the Russell 1000 Value and Growth returned -7.5 and -29.1 % beside the S&P 500's -18.1 %",
            )
        },
        Scenario {
            styles: styles(&[("growth", 0.05), ("momentum", 0.05)]),
            ..named(
                "growth_momentum_up",
                "2020, when beside the S&P 500's 18.4 % the Russell 1000 Growth returned 38.5 %, of which a quarter, and \
                 MTUM 29.9 %, of which half, rounded down",
            )
        },
        Scenario {
            styles: styles(&[("size", 0.05)]),
            ..named(
                "size_up",
                "November 2020, when the Russell 2000 returned 18.4 % beside the S&P 500's 10.9 %, rounded down",
            )
        },
    ]
}

fn joint_scenarios() -> [Scenario; 3] {
    [
        Scenario {
            market: Some(-0.10),
            yield_change: Some(-0.005),
            styles: styles(&[("quality", 0.005), ("low_volatility", 0.03), ("size", -0.02)]),
            volatility_change: 0.20,
            ..named(
                "flight_to_quality",
                "half of 2020-02-19 to 2020-03-09, rounded: the S&P 500 fell by 18.9 % and the ten-year yield by a full \
                 point, QUAL by 18.3, USMV by 13.3 and the Russell 2000 by 22.6 %, and the VIX rose from 14 to 54",
            )
        },
        Scenario {
            market: Some(-0.04),
            volatility_change: 0.20,
            ..named(
                "volatility_spike",
                "2018-02-05, when the S&P 500 fell by 4.1 % and the VIX rose from 17.3 to 37.3",
            )
        },
        Scenario {
            market: Some(-0.10),
            yield_change: Some(0.005),
            styles: styles(&[("size", -0.08)]),
            volatility_change: 0.20,
            ..named(
                "liquidity_squeeze",
                "2020-03-09 to 2020-03-18, when the S&P 500 fell by 13 %, the Russell 2000 by 24 %, the ten-year yield rose \
                 from 0.54 to 1.18 % and the VIX from 54 to 76, rounded down",
            )
        },
    ]
}

/// The stretches of the past that are there without any setting: closes of the S&P 500 at a high and at the low after it.
pub fn default_replays() -> Vec<Replay> {
    let replay = |name: &str, from: (i32, u32, u32), to: (i32, u32, u32), source: &str| Replay {
        name: name.to_owned(),
        from: date(from),
        to: date(to),
        source: source.to_owned(),
    };
    vec![
        replay(
            "dot_com_2000_2002",
            (2000, 3, 24),
            (2002, 10, 9),
            "the high of March 2000 to the low of October 2002",
        ),
        replay(
            "financial_crisis_2008",
            (2008, 9, 12),
            (2008, 11, 20),
            "the last close before Lehman Brothers to the low of 2008",
        ),
        replay(
            "downgrade_2011",
            (2011, 7, 22),
            (2011, 10, 3),
            "the high before the downgrade of the United States to the low of 2011",
        ),
        replay(
            "fourth_quarter_2018",
            (2018, 9, 20),
            (2018, 12, 24),
            "the high to the low of the second half of 2018",
        ),
        replay("pandemic_2020", (2020, 2, 19), (2020, 3, 23), "the high before the pandemic to its low"),
        replay("rates_2022", (2022, 1, 3), (2022, 10, 12), "the high to the low of 2022"),
    ]
}

fn date((year, month, day): (i32, u32, u32)) -> Date {
    Date::from_ymd(year, month, day).expect("invariant: the dates below are dates")
}
