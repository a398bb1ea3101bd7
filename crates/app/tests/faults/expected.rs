//! What has to come of each fault, as tables.

use testkit::provider_server::Fault;

use crate::subject::Subject;

/// The name of the line of a provider that behaves.
pub const NO_FAULT: &str = "NoFault";

/// What usually comes of a fault. `all` bars are those that the provider gives without a fault; `usual` calls are
/// those that a history takes without one.
const USUAL: &str = "
| faults                                                   | error        | bars        | refused | remembered   | again  | calls |
| Hold Reset ServerError Truncated HalfBody EmptyBody      | unavailable  | none        | 0       | unavailable  | 15 min | 4     |
| Limited LimitInBody                                      | rate_limited | none        | 0       | rate_limited | 1 min  | 1     |
| LimitedForSeconds                                        | rate_limited | none        | 0       | rate_limited | 2 min  | 1     |
| LimitedUntil                                             | rate_limited | none        | 0       | rate_limited | 30 min | 1     |
| Unauthorized Forbidden                                   | unauthorized | none        | 0       | unauthorized | 15 min | 1     |
| Html Redirect HugeBody HugeBodyPacked WrongSymbol        | malformed    | none        | 0       | malformed    | 15 min | 1     |
| NanPrice NullPrice InfinitePrice ZeroPrice NegativePrice | ok           | all but one | 1       | hole         | 7 days | usual |
| CrossedPrices                                            | ok           | all but one | 1       | hole         | 7 days | usual |
| NoRows                                                   | no_data      | none        | 0       | no_data      | 15 min | usual |
| NoFault QuarterlyBars CrumbLimited StaleCrumb            | ok           | all         | 0       | nothing      | never  | usual |
";

/// Where a provider differs, and why.
const EXCEPTIONS: &str = "
| provider and fault  | error        | bars | refused | remembered   | again   | calls | why                                             |
| yahoo Forbidden     | rate_limited | none | 0       | rate_limited | 1 min   | 1     | its guard turns away callers who ask too much   |
| yahoo QuarterlyBars | malformed    | none | 0       | malformed    | 15 min  | 1     | it alone may answer with other bars than daily  |
| polygon NoRows      | no_data      | none | 0       | no_data      | 15 min  | 4     | the ticker is asked about as well               |
| fmp NoRows          | no_data      | none | 0       | no_data      | 15 min  | 4     | the profile tells an empty range from no symbol |
| stooq LimitInBody   | rate_limited | none | 0       | rate_limited | 6 hours | 1     | its limit is one of the day                     |
| stooq WrongSymbol   | ok           | all  | 0       | nothing      | never   | 1     | its table names no symbol                       |
";

/// What came of a fault, or has to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The error's code, or `ok`.
    pub error: String,
    /// Bars stored.
    pub bars: usize,
    /// Rows refused.
    pub refused: usize,
    /// The code of the failure that is kept, or `hole` for a session known to be empty, or `nothing`.
    pub remembered: String,
    /// After what time the provider is asked again.
    pub again: String,
    /// Calls that the provider got.
    pub calls: usize,
}

impl Row {
    /// The row as text under [`HEADER`](Row::HEADER).
    pub fn shown(&self) -> String {
        let Row { error, bars, refused, remembered, again, calls } = self;
        format!("{error:<12}  {bars:>4}  {refused:>7}  {remembered:<12}  {again:<7}  {calls:>5}")
    }

    pub const HEADER: &str = "error         bars  refused  remembered    again    calls";
}

/// The cells of the lines of a table below its header.
fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.is_empty()).skip(1);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

/// The name of a fault without its figures.
pub fn name(fault: Fault) -> String {
    let shown = format!("{fault:?}");
    shown.split([' ', '(', '{']).next().unwrap().to_owned()
}

/// What has to come of a fault, or of none, at a provider that gives so many bars without one.
pub fn expected(subject: &Subject, fault: Option<Fault>, bars_without: usize) -> Row {
    let fault = fault.map_or_else(|| NO_FAULT.to_owned(), name);
    let exception = format!("{} {fault}", subject.source);
    let own = lines(EXCEPTIONS).find(|cells| cells[0] == exception);
    let usual = || lines(USUAL).find(|cells| cells[0].split(' ').any(|named| named == fault));
    let cells = own.or_else(usual).unwrap_or_else(|| panic!("nothing is expected of {fault}"));
    Row {
        error: cells[1].to_owned(),
        bars: match cells[2] {
            "none" => 0,
            "all but one" => bars_without - 1,
            "all" => bars_without,
            other => panic!("{other} bars"),
        },
        refused: cells[3].parse().unwrap(),
        remembered: cells[4].to_owned(),
        again: cells[5].to_owned(),
        calls: if cells[6] == "usual" { subject.call_count } else { cells[6].parse().unwrap() },
    }
}

#[test]
fn each_fault_is_expected_once_and_each_exception_is_of_the_table() {
    let faults = Fault::ALL.map(name);
    let mut usual: Vec<&str> =
        lines(USUAL).flat_map(|cells| cells[0].split(' ').collect::<Vec<_>>()).collect();
    usual.sort_unstable();
    let mut all: Vec<&str> = faults.iter().map(String::as_str).chain([NO_FAULT]).collect();
    all.sort_unstable();
    assert_eq!(usual, all);
    let providers = crate::subject::subjects().into_iter().map(|subject| subject.source.to_string());
    let cells: Vec<String> =
        providers.flat_map(|source| faults.each_ref().map(|fault| format!("{source} {fault}"))).collect();
    for exception in lines(EXCEPTIONS) {
        assert_eq!(cells.iter().filter(|cell| *cell == exception[0]).count(), 1, "{exception:?}");
    }
}
