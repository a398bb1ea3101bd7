//! Hostile files of JSON and XML.

use app::FileFormat::{Ghostfolio, IbkrFlex};

use super::Case;
use super::Fate::{File, Row};

pub fn cases() -> Vec<Case> {
    json().into_iter().chain(xml()).collect()
}

fn json() -> Vec<Case> {
    let usual = "\"date\":\"2024-03-04\",\"symbol\":\"AAPL\",\"type\":\"BUY\",\"quantity\":1,\"unitPrice\":1,\
        \"fee\":0,\"currency\":\"USD\",\"dataSource\":\"YAHOO\"";
    let good = format!("{{{usual}}}");
    let whole = format!("{{\"activities\":[{good}]}}");
    let file = |content: String, needle| (Ghostfolio, content.into_bytes(), File(needle));
    let row = |from: &str, to: &str, column, code| {
        let bad = good.replace(from, to);
        (Ghostfolio, format!("{{\"activities\":[{good},{bad}]}}").into_bytes(), Row(2, column, code))
    };
    let mut broken = whole.clone().into_bytes();
    broken[60] = 0xff;
    vec![
        file(whole[..whole.len() / 2].to_owned(), "no export"),
        file(whole[..whole.len() - 1].to_owned(), "no export"),
        file(format!("{whole}{whole}"), "no export"),
        file("{".repeat(100_000), "no export"),
        file(format!("{{\"activities\":{}", "[".repeat(100_000)), "no export"),
        file(format!("{{\"x\":{}", "[".repeat(1_000_000)), "no export"),
        file("[]".to_owned(), "no export"),
        file("{\"activities\":null}".to_owned(), "no export"),
        file("{\"activities\":[]}".to_owned(), "no activities"),
        (Ghostfolio, broken, File("UTF-8")),
        row(&good, "null", "date", "json"),
        row(&good, "[[]]", "date", "json"),
        row("\"fee\":0", "\"fee\":0,\"fee\":1", "date", "json"),
        row("\"quantity\":1", "\"quantity\":[1]", "quantity", "json"),
        row("\"quantity\":1", "\"quantity\":true", "quantity", "number"),
        row("\"quantity\":1", "\"quantity\":1e999999999999", "quantity", "number"),
        row("\"quantity\":1", "\"quantity\":1e-30", "quantity", "quantity"),
        row("\"quantity\":1", "\"quantity\":-1", "quantity", "direction"),
        row("\"unitPrice\":1", "\"unitPrice\":null", "unitPrice", "number"),
        row("AAPL", "A\\u0000", "symbol", "encoding"),
        row("AAPL", "\\ud83d\\ude00", "symbol", "symbol"),
        row("2024-03-04", "03.04.2024", "date", "date"),
        row("USD", "EUR", "currency", "currency_mismatch"),
    ]
}

fn xml() -> Vec<Case> {
    let trade = "<Trade currency=\"USD\" assetCategory=\"STK\" symbol=\"AAPL\" tradeDate=\"20240304\" quantity=\"1\" \
        tradePrice=\"1\" ibCommission=\"-1\"/>";
    let query = |records: &str| {
        format!(
            "<?xml version=\"1.0\"?>\n<FlexQueryResponse><FlexStatements><FlexStatement><Trades>{records}</Trades>\
             </FlexStatement></FlexStatements></FlexQueryResponse>"
        )
    };
    let whole = query(trade);
    let file = |content: String, needle| (IbkrFlex, content.into_bytes(), File(needle));
    let row = |from: &str, to: &str, column, code| {
        let content = query(&format!("{trade}{}", trade.replace(from, to)));
        (IbkrFlex, content.into_bytes(), Row(2, column, code))
    };
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let bomb = format!("<!DOCTYPE l [<!ENTITY l0 \"lol\">{laughs}]>");
    let outside = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    vec![
        file(format!("{bomb}{}", whole.replace("AAPL", "&l9;")), "document type"),
        file(format!("{outside}{}", whole.replace("AAPL", "&f;")), "document type"),
        file(whole.replace("AAPL", "&l9;"), "line 2"),
        file(whole.replace("AAPL", "&#0;"), "line 2"),
        file(whole[..whole.len() / 2].to_owned(), ""),
        file(whole[..whole.len() - 20].to_owned(), ""),
        file(whole.replace("</Trades>", "</Trade>"), "broken"),
        file(whole.replace("symbol=\"AAPL\"", "symbol=AAPL\""), ""),
        file(whole.replace("symbol=", "symbol=\"X\" symbol="), "twice"),
        file(whole.replace("symbol=", &format!("{}symbol=", "x=\"1\" ".repeat(600))), "500 attributes"),
        file(query(&"<x>".repeat(200_000)), "32 deep"),
        file(format!("{whole}{whole}"), "no Flex query"),
        file("<html><body>log in</body></html>".to_owned(), "no Flex query"),
        file("<FlexStatementResponse><Status>Warn</Status></FlexStatementResponse>".to_owned(), "not ready"),
        file(query(""), "no trades"),
        file(whole.replace("AAPL", "A\0"), "NUL"),
        (IbkrFlex, whole.replace("AAPL", "\u{e9}").chars().map(|c| c as u8).collect(), File("UTF-8")),
        row("AAPL", "&lt;script&gt;", "symbol", "symbol"),
        row("\"1\"", "\"1,5\"", "quantity", "number"),
        row("tradePrice=\"1\"", "tradePrice=\"-1\"", "tradePrice", "price"),
        row("20240304", "04/03/2024", "tradeDate", "date"),
        row("USD", "EUR", "currency", "currency_mismatch"),
        row("STK", "BOND", "assetCategory", "class"),
    ]
}
