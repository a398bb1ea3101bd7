//! Option prices, Greeks and implied volatilities.

use proptest::prelude::*;
use quant::{Absent, BlackScholes, OptionType, OptionValue, implied_volatility};

use super::draws::near;

prop_compose! {
    fn options()(
        is_call in any::<bool>(),
        spot in 1.0..1_000.0,
        moneyness in 0.3..3.0,
        years in 0.01..5.0,
        rate_annual in -0.05..0.15,
        dividend_yield_annual in -0.02..0.1,
        volatility_annual in 0.05..1.5,
    ) -> BlackScholes {
        let option_type = if is_call { OptionType::Call } else { OptionType::Put };
        let strike = spot * moneyness;
        BlackScholes { option_type, spot, strike, years, rate_annual, dividend_yield_annual, volatility_annual }
    }
}

fn price(option: BlackScholes) -> f64 {
    option.value().price.unwrap()
}

/// The slope of the price by a symmetric difference.
fn slope(option: BlackScholes, step: f64, moved: fn(&mut BlackScholes) -> &mut f64) -> f64 {
    let at = |by: f64| {
        let mut option = option;
        *moved(&mut option) += by;
        price(option)
    };
    // Two widths, of which the error that grows with the square cancels.
    let width = |step: f64| (at(step) - at(-step)) / (2.0 * step);
    (4.0 * width(step) - width(2.0 * step)) / 3.0
}

proptest! {
    #[test]
    fn put_and_call_are_in_parity(option in options()) {
        let of = |option_type| BlackScholes { option_type, ..option };
        let (call, put) = (of(OptionType::Call), of(OptionType::Put));
        let spot = option.spot * (-option.dividend_yield_annual * option.years).exp();
        let strike = option.strike * (-option.rate_annual * option.years).exp();
        near(price(call) - price(put), spot - strike, 0.0, 1e-13 * (spot + strike))?;
        let (call, put) = (call.value(), put.value());
        near(call.delta.unwrap() - put.delta.unwrap(), spot / option.spot, 1e-13, 0.0)?;
        prop_assert_eq!((call.gamma, call.vega), (put.gamma, put.vega));
    }

    #[test]
    fn greeks_are_the_slopes_of_the_price(option in options()) {
        let value = option.value();
        let scale = option.spot + option.strike;
        let check = |greek: Result<f64, Absent>, slope: f64| near(greek.unwrap(), slope, 1e-5, 1e-6 * scale);
        let spot_step = 1e-3 * option.spot * option.volatility_annual.min(1.0) * option.years.sqrt().min(1.0);
        near(value.delta.unwrap(), slope(option, spot_step, |option| &mut option.spot), 1e-5, 1e-6)?;
        check(value.vega, slope(option, 1e-4, |option| &mut option.volatility_annual))?;
        check(value.rho, slope(option, 1e-4, |option| &mut option.rate_annual))?;
        check(value.theta, -slope(option, 1e-3 * option.years, |option| &mut option.years))?;
        let delta = |by: f64| BlackScholes { spot: option.spot + by, ..option }.value().delta.unwrap();
        let gamma = (delta(spot_step) - delta(-spot_step)) / (2.0 * spot_step);
        near(value.gamma.unwrap(), gamma, 1e-4, 1e-6)?;
    }

    #[test]
    fn prices_keep_their_bounds_and_rise_with_volatility(option in options(), more in 0.0..0.5) {
        let spot = option.spot * (-option.dividend_yield_annual * option.years).exp();
        let strike = option.strike * (-option.rate_annual * option.years).exp();
        let (least, most) = match option.option_type {
            OptionType::Call => ((spot - strike).max(0.0), spot),
            OptionType::Put => ((strike - spot).max(0.0), strike),
        };
        let rounding = 1e-13 * (spot + strike);
        prop_assert!(price(option) >= least - rounding && price(option) <= most + rounding);
        let higher = BlackScholes { volatility_annual: option.volatility_annual + more, ..option };
        prop_assert!(price(higher) >= price(option) - rounding);
    }

    #[test]
    fn the_implied_volatility_gives_the_price_back(option in options()) {
        let value = option.value();
        let given = value.price.unwrap();
        match implied_volatility(&option, given) {
            Ok(found) => {
                near(price(BlackScholes { volatility_annual: found, ..option }), given, 1e-12, 1e-13 * (option.spot + option.strike))?;
                // The price is only kept to so many digits, and so the volatility to that over vega.
                let noise = 1e-14 * (option.spot + option.strike) / value.vega.unwrap();
                near(found, option.volatility_annual, 1e-11, noise)?;
            }
            Err(reason) => {
                prop_assert!([Absent::NoTimeValue, Absent::AboveBound].contains(&reason), "{}", reason);
                prop_assert!(value.vega.unwrap() < 1e-9 * option.spot);
            }
        }
    }

    #[test]
    fn whatever_the_numbers_every_figure_is_finite_or_absent(
        is_call in any::<bool>(),
        numbers in prop::array::uniform6(prop_oneof![any::<f64>(), 0.0..2.0_f64, Just(0.0), Just(1e-308), Just(1e308)]),
        given in any::<f64>(),
    ) {
        let [spot, strike, years, rate_annual, dividend_yield_annual, volatility_annual] = numbers;
        let option_type = if is_call { OptionType::Call } else { OptionType::Put };
        let option = BlackScholes { option_type, spot, strike, years, rate_annual, dividend_yield_annual, volatility_annual };
        for (name, figure) in option.value().figures() {
            prop_assert!(figure.map_or(true, f64::is_finite), "{} of {:?}", name, option);
        }
        for given in [given, given.abs(), 0.1 * spot] {
            prop_assert!(implied_volatility(&option, given).map_or(true, |found| found.is_finite() && found >= 0.0));
        }
    }
}

const BASE: BlackScholes = BlackScholes {
    option_type: OptionType::Call,
    spot: 100.0,
    strike: 90.0,
    years: 0.5,
    rate_annual: -0.02,
    dividend_yield_annual: 0.01,
    volatility_annual: 0.0,
};

fn figures(value: OptionValue) -> [Result<f64, Absent>; 6] {
    value.figures().map(|(_, figure)| figure)
}

#[test]
fn without_volatility_the_price_is_the_discounted_pay_off() {
    let value = BASE.value();
    let (spot, strike) = (100.0 * (-0.005_f64).exp(), 90.0 * 0.01_f64.exp());
    assert!((value.price.unwrap() - (spot - strike)).abs() < 1e-12);
    assert!((value.delta.unwrap() - (-0.005_f64).exp()).abs() < 1e-15);
    assert_eq!((value.gamma, value.vega), (Ok(0.0), Ok(0.0)));
    // A call in the money: the strike grows at -2 %, the spot loses its yield of 1 %.
    assert!((value.theta.unwrap() - (0.01 * spot + 0.02 * strike)).abs() < 1e-12);
    assert!((value.rho.unwrap() - 0.5 * strike).abs() < 1e-12);
    let put = BlackScholes { option_type: OptionType::Put, ..BASE };
    assert_eq!(figures(put.value()), [Ok(0.0); 6]);
}

#[test]
fn a_little_volatility_comes_near_to_none() {
    for option_type in [OptionType::Call, OptionType::Put] {
        let none = BlackScholes { option_type, ..BASE };
        for volatility_annual in [1e-4, 1e-20, 1e-300, f64::MIN_POSITIVE] {
            let little = BlackScholes { volatility_annual, ..none };
            for (found, expect) in figures(little.value()).into_iter().zip(figures(none.value())) {
                assert!((found.unwrap() - expect.unwrap()).abs() < 1e-10, "{volatility_annual}");
            }
        }
    }
}

#[test]
fn at_expiry_an_option_is_worth_its_intrinsic_value() {
    let expired = BlackScholes { years: 0.0, volatility_annual: 0.3, ..BASE };
    assert_eq!(expired.value().price, quant::intrinsic_value(OptionType::Call, 100.0, 90.0));
    assert_eq!(expired.value().delta, Ok(1.0));
    let put = BlackScholes { option_type: OptionType::Put, strike: 130.0, ..expired };
    assert_eq!((put.value().price, put.value().delta, put.value().rho), (Ok(30.0), Ok(-1.0), Ok(0.0)));
    let at_the_money = BlackScholes { strike: 100.0, ..expired };
    let mut expect = [Err(Absent::PayoffKink); 6];
    expect[0] = Ok(0.0);
    assert_eq!(figures(at_the_money.value()), expect);
}

#[test]
fn far_from_the_money_nothing_breaks() {
    let far = |strike| BlackScholes { strike, volatility_annual: 0.1, years: 1.0 / 365.0, ..BASE };
    assert_eq!(far(1e6).value().price, Ok(0.0));
    let deep = far(1e-6).value();
    assert!((deep.price.unwrap() - 100.0).abs() < 0.01 && deep.gamma == Ok(0.0));
    // A yield and a rate that discount to nothing.
    let worthless =
        BlackScholes { rate_annual: 1e4, dividend_yield_annual: 1e4, volatility_annual: 0.2, ..BASE };
    assert_eq!(worthless.value().price, Ok(0.0));
    let exploding = BlackScholes { rate_annual: -1e4, ..worthless };
    assert_eq!(figures(exploding.value()), [Err(Absent::Overflow); 6]);
}

#[test]
fn inputs_that_cannot_be_have_no_figures() {
    let check = |option: BlackScholes| {
        assert_eq!(figures(option.value()), [Err(Absent::InvalidInput); 6], "{option:?}");
        assert_eq!(implied_volatility(&option, 5.0), Err(Absent::InvalidInput), "{option:?}");
    };
    for number in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        check(BlackScholes { spot: number, ..BASE });
        check(BlackScholes { strike: number, ..BASE });
    }
    check(BlackScholes { years: -0.1, ..BASE });
    check(BlackScholes { years: f64::NAN, ..BASE });
    check(BlackScholes { rate_annual: f64::INFINITY, ..BASE });
    check(BlackScholes { dividend_yield_annual: f64::NAN, ..BASE });
    let negative = BlackScholes { volatility_annual: -0.2, ..BASE };
    assert_eq!(figures(negative.value()), [Err(Absent::InvalidInput); 6]);
}

#[test]
fn prices_that_no_volatility_explains_have_reasons() {
    let check = |option: BlackScholes, price: f64, expect: Absent| {
        assert_eq!(implied_volatility(&option, price), Err(expect), "{option:?} at {price}");
    };
    let least = price(BASE);
    check(BASE, least, Absent::NoTimeValue);
    check(BASE, least - 0.01, Absent::BelowIntrinsic);
    check(BASE, 100.0, Absent::AboveBound);
    check(BASE, f64::INFINITY, Absent::InvalidInput);
    check(BASE, -1.0, Absent::InvalidInput);
    check(BlackScholes { years: 0.0, ..BASE }, 12.0, Absent::Expired);
    let put = BlackScholes { option_type: OptionType::Put, ..BASE };
    check(put, 0.0, Absent::NoTimeValue);
    check(put, 91.0, Absent::AboveBound);
}
