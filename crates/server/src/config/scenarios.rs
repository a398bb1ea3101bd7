//! Scenarios and replays as they are written in settings.

use std::collections::BTreeSet;

use model::Date;
use risk::{Replay, Scenario};

use super::usage;
use crate::failure::Failure;

/// Scenarios, or replays, at the most.
const COUNT_MAX: usize = 200;

/// Nothing is supposed to move by more than this: a thousand times its price.
const MOVE_MAX: f64 = 1_000.0;

/// The source of what only the settings know.
const OWN_SOURCE: &str = "from the settings";

/// The text of a scenario: `name:market=-0.1;yield=0.005;size=-0.08;volatility=0.2`.
pub fn scenario_text(scenario: &Scenario) -> String {
    let market = scenario.market.map(|size| format!("market={size}"));
    let yields = scenario.yield_change.map(|size| format!("yield={size}"));
    let styles = scenario.styles.iter().map(|(name, size)| format!("{name}={size}"));
    let volatility =
        (scenario.volatility_change != 0.0).then(|| format!("volatility={}", scenario.volatility_change));
    let moves: Vec<String> = market.into_iter().chain(yields).chain(styles).chain(volatility).collect();
    format!("{}:{}", scenario.name, moves.join(";"))
}

/// The text of a replay: `name:2020-02-19..2020-03-23`.
pub fn replay_text(replay: &Replay) -> String {
    format!("{}:{}..{}", replay.name, replay.from, replay.to)
}

/// The scenarios of a setting. One that says what a default says keeps its source.
///
/// # Errors
/// [`Failure::Usage`] naming the setting.
pub fn scenarios(key: &str, texts: &[String]) -> Result<Vec<Scenario>, Failure> {
    let known = risk::default_scenarios();
    let scenario = |text: &String| {
        let known = known.iter().find(|known| scenario_text(known) == *text);
        known.cloned().map_or_else(|| parse_scenario(key, text), Ok)
    };
    counted(key, texts)?.iter().map(scenario).collect()
}

/// The replays of a setting. One that says what a default says keeps its source.
///
/// # Errors
/// [`Failure::Usage`] naming the setting.
pub fn replays(key: &str, texts: &[String]) -> Result<Vec<Replay>, Failure> {
    let known = risk::default_replays();
    let replay = |text: &String| {
        let known = known.iter().find(|known| replay_text(known) == *text);
        known.cloned().map_or_else(|| parse_replay(key, text), Ok)
    };
    counted(key, texts)?.iter().map(replay).collect()
}

/// Refuses names that are given twice.
///
/// # Errors
/// [`Failure::Usage`] naming the setting.
pub fn check_names<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut known = BTreeSet::new();
    let mut names = names;
    match names.find(|name| !known.insert(*name)) {
        Some(name) => Err(usage(key, format!("{name:?} is given twice"))),
        None => Ok(()),
    }
}

fn counted<'a>(key: &str, texts: &'a [String]) -> Result<&'a [String], Failure> {
    match texts.len() {
        0..=COUNT_MAX => Ok(texts),
        count => Err(usage(key, format!("{count} of them; give at most {COUNT_MAX}"))),
    }
}

fn parse_scenario(key: &str, text: &str) -> Result<Scenario, Failure> {
    let (name, moves) = named(key, text, "name:market=-0.1;yield=0.01;value=0.05;volatility=0.2")?;
    let mut scenario = Scenario { name, source: OWN_SOURCE.to_owned(), ..Scenario::default() };
    let mut known = BTreeSet::new();
    for part in moves.split(';') {
        let wrong = |what: &str| usage(key, format!("{text:?}: {part:?} {what}"));
        let (factor, size) = part.split_once('=').ok_or_else(|| wrong("is not written factor=size"))?;
        let factor = factor.trim();
        let size: f64 = size.trim().parse().map_err(|_| wrong("has a size that is no number"))?;
        if !size.is_finite() || size.abs() > MOVE_MAX {
            return Err(wrong("has a size out of range; sizes are fractions, -0.1 being a fall of 10 %"));
        }
        if factor.is_empty() || !known.insert(factor.to_owned()) {
            return Err(wrong("names no factor, or one that was named before"));
        }
        match factor {
            "market" => scenario.market = Some(size),
            "yield" => scenario.yield_change = Some(size),
            "volatility" => scenario.volatility_change = size,
            style => scenario.styles.push((style.to_owned(), size)),
        }
    }
    Ok(scenario)
}

fn parse_replay(key: &str, text: &str) -> Result<Replay, Failure> {
    let form = "name:2020-02-19..2020-03-23";
    let (name, dates) = named(key, text, form)?;
    let wrong = || usage(key, format!("{text:?} is not written {form}, the earlier date first"));
    let (from, to) = dates.split_once("..").ok_or_else(wrong)?;
    let date = |text: &str| text.trim().parse::<Date>().map_err(|_| wrong());
    let (from, to) = (date(from)?, date(to)?);
    if from >= to {
        return Err(wrong());
    }
    Ok(Replay { name, from, to, source: OWN_SOURCE.to_owned() })
}

/// The name before the colon, and what stands behind it.
fn named<'a>(key: &str, text: &'a str, form: &str) -> Result<(String, &'a str), Failure> {
    let wrong = || usage(key, format!("{text:?} is not written {form}"));
    let (name, rest) = text.split_once(':').ok_or_else(wrong)?;
    let name = name.trim();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 60 || !name.bytes().all(is_plain) {
        return Err(usage(key, format!("{text:?}: a name is 1 to 60 of a to z, 0 to 9 and _")));
    }
    Ok((name.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_read_back_with_their_sources() {
        let texts: Vec<String> = risk::default_scenarios().iter().map(scenario_text).collect();
        assert_eq!(scenarios("key", &texts).unwrap(), risk::default_scenarios());
        assert_eq!(texts[0], "market_down_5:market=-0.05");
        assert_eq!(
            texts.last().unwrap(),
            "liquidity_squeeze:market=-0.1;yield=0.005;size=-0.08;volatility=0.2"
        );
        let texts: Vec<String> = risk::default_replays().iter().map(replay_text).collect();
        assert_eq!(replays("key", &texts).unwrap(), risk::default_replays());
    }

    #[test]
    fn what_is_no_scenario_is_refused() {
        let own = "my_own: value = 0.02 ; yield=-0.01".to_owned();
        let found = scenarios("key", &[own]).unwrap().remove(0);
        assert_eq!((found.yield_change, found.market), (Some(-0.01), None));
        assert_eq!((found.styles, found.source.as_str()), (vec![("value".to_owned(), 0.02)], OWN_SOURCE));
        for text in ["", "name", "Name:market=1", ":market=1", "a:", "a:market", "a:market=x", "a:market=inf"]
        {
            assert!(scenarios("key", &[text.to_owned()]).is_err(), "{text:?}");
        }
        for text in ["a:market=0.1;market=0.2", "a:=0.1", "a:market=1e9"] {
            assert!(scenarios("key", &[text.to_owned()]).is_err(), "{text:?}");
        }
        for text in
            ["a:2020-01-02", "a:2020-01-02..x", "a:2020-01-03..2020-01-02", "a:2020-01-02..2020-01-02"]
        {
            assert!(replays("key", &[text.to_owned()]).is_err(), "{text:?}");
        }
        assert!(check_names("key", ["a", "b", "a"].into_iter()).is_err());
        assert!(scenarios("key", &vec!["a:market=1".to_owned(); 201]).is_err());
    }
}
