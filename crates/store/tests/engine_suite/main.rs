//! One suite for both engines, and behind it what only one of them can show.
#![allow(
    clippy::unwrap_used,
    reason = "the functions of the suite are tests, though only the macro marks them so"
)]

mod bed;
mod bulk;
mod concurrency;
mod encryption;
mod faults;
mod guards;
mod jobs;
mod migrations;
mod plans;
mod postgres_only;
mod round_trip;
mod sqlite_only;

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
    round_trip {
        every_kind_survives_storage,
        every_kind_survives_as_a_parameter,
        lists_of_any_length_select_their_members,
        every_registered_statement_prepares,
        calls_that_do_not_fit_their_statement_are_refused,
        results_that_do_not_fit_their_declaration_are_refused,
    }
    bulk {
        rows_beyond_one_chunk_arrive_whole,
        an_upsert_counts_only_rows_that_change,
        update_and_delete_take_rows,
        a_table_without_rows_is_a_write_of_none,
        statements_are_counted_for_each_handle,
    }
    guards {
        a_failed_guard_rolls_everything_back,
        a_lost_race_shows_as_a_guard,
        constraints_are_told_apart,
        a_failed_transaction_leaves_the_next_one_alone,
    }
    concurrency {
        a_load_sees_one_snapshot,
        the_change_sequence_is_strict,
        a_dropped_caller_does_not_stop_its_write,
        a_dropped_load_harms_nobody,
        background_work_lets_others_through,
    }
    migrations {
        migrating_again_does_nothing,
        a_newer_schema_is_refused,
        a_failed_migration_is_rolled_back,
        many_may_migrate_at_once,
        what_owners_share_in_private_becomes_each_ones_own,
    }
    jobs {
        a_job_is_stored_whole,
        each_worker_claims_another_job,
        a_lease_that_ran_out_is_taken_over_and_its_holder_records_nothing,
        a_transition_needs_the_state_it_leaves,
        a_key_belongs_to_one_job_of_an_owner,
        units_are_counted_and_only_failed_ones_open_again,
        a_job_that_nobody_works_on_is_cancelled_at_once,
        a_clock_that_jumped_holds_no_job_for_ever,
        warnings_are_counted_by_kind_and_paged,
        jobs_that_are_over_for_long_are_dropped_with_all_that_is_theirs,
        an_occurrence_is_fired_once,
    }
    plans {
        large_tables_are_searched_by_an_index,
    }
    faults {
        after_close_calls_are_refused,
        errors_and_handles_never_show_the_password,
    }
}
