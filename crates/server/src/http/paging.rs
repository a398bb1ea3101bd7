//! Lists in pages: each page names the cursor of the next.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Problem;

/// Items of a page when nothing is asked for.
const PAGE_ITEMS_DEFAULT: usize = 100;
/// Items of a page at the most.
const PAGE_ITEMS_MAX: usize = 1_000;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Items of a page at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before; the first page when absent.
    #[param(min_length = 1, max_length = 200)]
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T: ToSchema> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

impl PageQuery {
    /// Items of the page.
    ///
    /// # Errors
    /// A problem for a number out of range.
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            None => Ok(PAGE_ITEMS_DEFAULT),
            Some(limit) if (1..=PAGE_ITEMS_MAX).contains(&limit) => Ok(limit),
            Some(limit) => {
                let detail = format!("{limit} is out of range; give 1 to {PAGE_ITEMS_MAX}");
                Err(Problem::invalid("limit", detail))
            }
        }
    }

    /// Where the page begins, as an entry's key.
    ///
    /// # Errors
    /// A problem for a text that is no key of the list.
    pub fn after<K: FromStr>(&self) -> Result<Option<K>, Problem> {
        let unknown = |text: &str| Problem::invalid("cursor", format!("{text:?} is no cursor of this list"));
        self.cursor.as_deref().map(|text| text.parse().map_err(|_| unknown(text))).transpose()
    }

    /// The page of a list that is at hand, in ascending order of its keys. A cursor is the key of the last entry of a
    /// page, so that entries which come and go meanwhile move no other from one page to the next.
    ///
    /// # Errors
    /// A problem for a number out of range, or a cursor that is none.
    pub fn cut<S, K: Ord + Display + FromStr, T: ToSchema>(
        &self,
        list: &[S],
        key: impl Fn(&S) -> K,
        item: impl Fn(&S) -> T,
    ) -> Result<Page<T>, Problem> {
        let limit = self.limit()?;
        let begin = self.after::<K>()?.map_or(0, |after| list.partition_point(|entry| key(entry) <= after));
        let end = list.len().min(begin + limit);
        let next = (begin < end && end < list.len()).then(|| key(&list[end - 1]).to_string());
        Ok(Page { items: list[begin..end].iter().map(item).collect(), next })
    }

    /// The page of entries that were read behind the cursor, in ascending order of their keys: one more than a page has
    /// tells that there is another one.
    ///
    /// # Errors
    /// A problem for a number out of range.
    pub fn fill<S, K: Display, T: ToSchema>(
        &self,
        read: &[S],
        key: impl Fn(&S) -> K,
        item: impl Fn(&S) -> T,
    ) -> Result<Page<T>, Problem> {
        let limit = self.limit()?;
        let shown = &read[..read.len().min(limit)];
        let next = shown.last().filter(|_| read.len() > limit).map(|last| key(last).to_string());
        Ok(Page { items: shown.iter().map(item).collect(), next })
    }
}
