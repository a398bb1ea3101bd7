//! Sums as the page writes them, such as `round(1.5 * 10.333333) = 15.5`, worked out in whole fractions.
//!
//! Decimals, dates (as days, so that two of them have a difference), `+ - * / ( )` and `round`, which rounds to
//! millionths, half to even.

/// A fraction whose lower part is positive.
#[derive(Clone, Copy, Debug)]
struct Fraction {
    above: i128,
    below: i128,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(String),
    Date(String),
    Sign(char),
    Round,
}

/// Whether all sides of a sum are equal; nothing when the text is no sum.
pub fn holds(text: &str) -> Option<bool> {
    let sides: Vec<Fraction> = text.split('=').map(worked_out).collect::<Option<_>>()?;
    let (first, others) = sides.split_first()?;
    (!others.is_empty()).then(|| others.iter().all(|side| first.is(*side)))
}

/// The numbers and dates that stand in a sum.
pub fn numbers(text: &str) -> Vec<String> {
    let sides = text.split('=').filter_map(tokens).flatten();
    let named = sides.filter_map(|token| match token {
        Token::Number(text) | Token::Date(text) => Some(text),
        Token::Sign(_) | Token::Round => None,
    });
    named.collect()
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |part: char| part.is_ascii_digit() || part == '.';
        let length = if rest.get(..10).is_some_and(|date| date.parse::<model::Date>().is_ok()) {
            found.push(Token::Date(rest[..10].to_owned()));
            10
        } else if first.is_ascii_digit() {
            let length = rest.find(|part: char| !is_part(part)).unwrap_or(rest.len());
            found.push(Token::Number(rest[..length].to_owned()));
            length
        } else if rest.starts_with("round(") {
            found.push(Token::Round);
            "round".len()
        } else if "+-*/()".contains(first) {
            found.push(Token::Sign(first));
            1
        } else {
            return None;
        };
        rest = rest[length..].trim_start();
    }
    Some(found)
}

fn worked_out(text: &str) -> Option<Fraction> {
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let result = sum(&mut rest)?;
    rest.is_empty().then_some(result)
}

/// Takes a sign off the front when it is one of these.
fn take(rest: &mut &[Token], signs: &str) -> Option<char> {
    let (Token::Sign(sign), after) = rest.split_first()? else { return None };
    let sign = *sign;
    signs.contains(sign).then(|| {
        *rest = after;
        sign
    })
}

fn sum(rest: &mut &[Token]) -> Option<Fraction> {
    let mut result = product(rest)?;
    while let Some(sign) = take(rest, "+-") {
        let Fraction { above, below } = product(rest)?;
        let above = if sign == '+' { above } else { -above };
        result = Fraction::new(result.above * below + above * result.below, result.below * below)?;
    }
    Some(result)
}

fn product(rest: &mut &[Token]) -> Option<Fraction> {
    let mut result = factor(rest)?;
    while let Some(sign) = take(rest, "*/") {
        let Fraction { above, below } = factor(rest)?;
        let (above, below) = if sign == '*' { (above, below) } else { (below, above) };
        result = Fraction::new(result.above * above, result.below * below)?;
    }
    Some(result)
}

fn factor(rest: &mut &[Token]) -> Option<Fraction> {
    if take(rest, "-").is_some() {
        let Fraction { above, below } = factor(rest)?;
        return Fraction::new(-above, below);
    }
    if take(rest, "(").is_some() {
        let inner = sum(rest)?;
        return take(rest, ")").map(|_| inner);
    }
    let (first, after) = rest.split_first()?;
    *rest = after;
    match first {
        Token::Number(text) => {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
            let below = 10_i128.pow(decimals.len() as u32);
            Fraction::new(format!("{whole}{decimals}").parse().ok()?, below)
        }
        Token::Date(text) => Fraction::new(
            text.parse::<model::Date>().ok()?.days_since(model::Date::from_epoch_days(0)).into(),
            1,
        ),
        Token::Round => factor(rest).and_then(Fraction::rounded),
        Token::Sign(_) => None,
    }
}

impl Fraction {
    fn new(above: i128, below: i128) -> Option<Fraction> {
        let (mut a, mut b) = (above.abs(), below.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = if below < 0 { -a } else { a };
        (below != 0).then(|| Fraction { above: above / divisor, below: below / divisor })
    }

    fn is(self, other: Fraction) -> bool {
        (self.above, self.below) == (other.above, other.below)
    }

    fn rounded(self) -> Option<Fraction> {
        const MILLION: i128 = 1_000_000;
        let (down, over) =
            ((self.above * MILLION).div_euclid(self.below), (self.above * MILLION).rem_euclid(self.below));
        let up = match (2 * over).cmp(&self.below) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => down.rem_euclid(2),
            std::cmp::Ordering::Greater => 1,
        };
        Fraction::new(down + up, MILLION)
    }
}

#[test]
fn sums_are_worked_out() {
    for sum in [
        "1.5 * 10.333333 = 15.4999995",
        "round(1.5 * 10.333333) = 15.5",
        "round(-1.5 * 10.333333) = -15.5",
        "round(0.5 * 3.000001) = 1.5",
        "2024-03-03 - 2024-01-03 = 60",
        "2 * (3 - 4) / 8 = -1 / 4 = -0.25",
        "1 - 2 - 3 = -4",
    ] {
        assert_eq!(holds(sum), Some(true), "{sum}");
    }
    for sum in ["1 + 1 = 3", "2024-03-03 - 2024-01-03 = 61", "1 = 1 = 2", "round(1.0000005) = 1.000001"] {
        assert_eq!(holds(sum), Some(false), "{sum}");
    }
    for text in ["1 + 1", "equity = 5", "1 + = 2", "(1 = 1", "1 / 0 = 1", ""] {
        assert_eq!(holds(text), None, "{text}");
    }
    assert_eq!(numbers("round(2 * 0.5) = 1"), ["2", "0.5", "1"]);
}
