//! Imports end to end: laws of batches, every format, and files that mean harm.
#![allow(
    clippy::unwrap_used,
    reason = "the functions of the suite are tests, though only the macro marks them so"
)]

mod batches;
mod bed;
mod formats;
mod hostile;
mod laws;
mod seeds;

/// Makes a test of each engine out of each function.
macro_rules! suite {
    ($($area:ident { $($test:ident,)* })*) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    crate::$area::$test(crate::bed::Bed::sqlite().await).await;
                }
            )*)*
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let Some(bed) = crate::bed::Bed::postgres().await else { return };
                    crate::$area::$test(bed).await;
                }
            )*)*
        }
    };
}

suite! {
    batches {
        import_then_undo_restores_the_snapshots,
        undoing_frees_the_keys_and_is_done_once,
        an_undone_dividend_gives_back_the_automatic_one,
        imports_of_another_owner_cannot_be_seen,
        a_fill_voided_before_is_no_hindrance,
    }
    formats {
        every_format_adds_nothing_the_second_time,
        what_is_exported_is_imported_to_the_same_book,
        ids_of_brokers_name_events,
        rows_in_another_currency_are_refused,
        options_and_private_holdings_are_taken,
        a_dry_run_tells_of_every_row,
        notes_of_rows_go_with_their_events,
    }
    hostile {
        nothing_hostile_panics_or_is_written_in_part,
        what_is_too_large_is_refused,
    }
    laws {
        what_is_exported_is_imported_to_the_same_book_again_and_again,
        undoing_an_import_restores_the_bytes,
    }
}
