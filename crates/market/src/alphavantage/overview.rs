//! What `OVERVIEW` says of a company.

use model::{Fundamentals, InstrumentKind, Profile, Sector};
use serde_json::Value;

use crate::{ProfileAnswer, ProviderError, json};

/// Reads a company's overview. An empty document is given for unknown symbols and for funds alike, so that nothing can be
/// concluded from it.
///
/// # Errors
/// [`ProviderError::NoData`] for an empty document; [`ProviderError::Malformed`] when it is no overview or speaks of
/// another symbol.
pub fn read(body: &Value, symbol: &str) -> Result<ProfileAnswer, ProviderError> {
    let fields = body.as_object();
    let fields = fields.ok_or_else(|| ProviderError::Malformed {
        what: "overview: no description of a company".to_owned(),
    })?;
    if fields.is_empty() {
        return Err(ProviderError::NoData);
    }
    let Some(said) = word(body, "Symbol") else {
        return Err(ProviderError::Malformed { what: "overview: it names no symbol".to_owned() });
    };
    json::expect_symbol(Some(said), symbol)?;
    let text = |name| word(body, name).map(str::to_owned);
    let kind = match word(body, "AssetType") {
        Some("Common Stock") => Some(InstrumentKind::Stock),
        Some("ETF") => Some(InstrumentKind::Etf),
        Some("Mutual Fund") => Some(InstrumentKind::Fund),
        _ => None,
    };
    let is_company = kind == Some(InstrumentKind::Stock);
    // Figures that do not exist are written `None` or `-`, which is no number.
    let figure = |name| json::figure(body, name);
    let revenue = figure("RevenueTTM").filter(|value| *value > 0.0);
    let gross = figure("GrossProfitTTM").zip(revenue).map(|(profit, revenue)| profit / revenue);
    Ok(ProfileAnswer {
        profile: Profile {
            name: text("Name"),
            kind,
            sector: text("Sector").filter(|_| is_company).and_then(|name| Sector::from_alias(&name)),
            industry: text("Industry").filter(|_| is_company),
            exchange: text("Exchange"),
            currency: word(body, "Currency").and_then(|name| name.parse().ok()),
            is_whole_unit: None,
        },
        fundamentals: Some(Fundamentals {
            // Only the end of the last quarter is told, not when it was reported.
            last_earnings: None,
            next_earnings: None,
            eps_trailing: figure("EPS"),
            revenue,
            gross_margin: gross,
            operating_margin: figure("OperatingMarginTTM"),
            profit_margin: figure("ProfitMargin"),
            provider_beta: figure("Beta").filter(|_| is_company),
            market_cap: figure("MarketCapitalization").filter(|value| *value > 0.0),
        }),
    })
}

/// A field that says something: `None` and `-` say nothing.
fn word<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    json::text(body, name).filter(|text| !["None", "-"].contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const IBM: &str = r#"{"Symbol":"IBM","AssetType":"Common Stock","Name":"International Business Machines",
        "Description":"…","CIK":"51143","Exchange":"NYSE","Currency":"USD","Country":"USA","Sector":"TECHNOLOGY",
        "Industry":"INFORMATION TECHNOLOGY SERVICES","FiscalYearEnd":"December","LatestQuarter":"2024-03-31",
        "MarketCapitalization":"153263440000","PERatio":"18.8","EPS":"8.82","RevenueTTM":"62070002000",
        "GrossProfitTTM":"34478999000","OperatingMarginTTM":"0.093","ProfitMargin":"0.132","Beta":"0.704"}"#;

    fn of(body: &str) -> Result<ProfileAnswer, ProviderError> {
        read(&serde_json::from_str(body).unwrap(), "IBM")
    }

    #[test]
    fn a_company_has_a_sector_and_figures() {
        let answer = of(IBM).unwrap();
        assert_eq!(answer.profile.sector, Some(Sector::Technology));
        assert_eq!(answer.profile.kind, Some(InstrumentKind::Stock));
        assert_eq!(answer.profile.name.as_deref(), Some("International Business Machines"));
        let known = answer.fundamentals.unwrap();
        assert_eq!((known.eps_trailing, known.provider_beta), (Some(8.82), Some(0.704)));
        assert_eq!((known.operating_margin, known.profit_margin), (Some(0.093), Some(0.132)));
        assert_eq!(known.gross_margin.map(|margin| (margin * 1e4).round()), Some(5555.0));
        assert_eq!(known.market_cap, Some(153_263_440_000.0));
        assert_eq!((known.last_earnings, known.next_earnings), (None, None));
    }

    #[test]
    fn what_is_none_or_a_dash_is_absent() {
        let answer =
            of(r#"{"Symbol":"IBM","AssetType":"None","Sector":"None","EPS":"None","Beta":"-"}"#).unwrap();
        assert_eq!(answer.profile, Profile::default());
        assert_eq!(answer.fundamentals, Some(Fundamentals::default()));
    }

    #[test]
    fn an_empty_document_says_nothing() {
        assert_eq!(of("{}"), Err(ProviderError::NoData));
        for body in ["[]", "null", r#"{"Name":"x"}"#, r#"{"Symbol":"AAPL"}"#] {
            assert!(matches!(of(body), Err(ProviderError::Malformed { .. })), "{body}");
        }
    }

    proptest! {
        #[test]
        fn damaged_documents_are_read_or_refused(body in json::damaged(IBM)) {
            if let Some(document) = json::still_read(&body) {
                let _ = read(&document, "IBM");
            }
        }

        #[test]
        fn arbitrary_documents_are_read_or_refused(body in crate::json::any_json()) {
            let _ = read(&body, "IBM");
        }
    }
}
