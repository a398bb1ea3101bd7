//! The use cases end to end, over a folder of price files and both engines.
#![allow(
    clippy::unwrap_used,
    reason = "the functions of the suite are tests, though only the macro marks them so"
)]

mod analytics;
mod bed;
mod books;
mod cache;
mod changed_events;
mod changed_prices;
mod concurrent;
mod distant;
mod doctor;
mod events;
mod failures;
mod fetch;
mod flights;
mod folder;
mod import;
mod indicator;
mod interrupted;
mod jobs;
mod jobs_ended;
mod jobs_held;
mod limits;
mod listed;
mod network;
mod observers;
mod onboarding;
mod options;
mod order;
mod owners;
mod performance;
mod pieces;
mod plans;
mod portfolio_risk;
mod prices;
mod private_holdings;
mod profiles;
mod profiles_known;
mod provider;
mod published;
mod racing;
mod risk;
mod schedules;
mod sectors;
mod sessions;
mod statements;
mod teller;
mod tokens;
mod universe;
mod unpriced;
mod users;
mod validation;
mod wanted;

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
    network {
        a_days_quota_holds_for_all_processes_and_over_a_restart,
        five_hundred_queued_requests_never_exceed_the_rate,
        a_pause_that_a_provider_asks_for_stops_all_processes,
        cached_reads_are_served_while_a_provider_is_slow,
        no_database_connection_is_held_around_a_call_and_no_call_around_a_query,
    }
    cache {
        a_second_call_asks_nobody_and_neither_does_a_restart,
        only_what_is_missing_is_asked_for_with_one_session_of_overlap,
        two_hundred_readers_with_different_ranges_ask_for_no_session_twice,
        two_processes_fetch_a_symbol_once,
        week_ends_and_holidays_are_never_asked_for,
        an_early_close_counts_when_it_has_settled,
        a_bar_fetched_at_noon_is_fetched_again_after_the_close,
        a_hole_is_asked_for_once_a_week,
        a_symbol_listed_yesterday_is_not_asked_for_its_past,
        a_symbol_delisted_last_year_is_not_asked_for_its_future,
        a_bar_that_is_late_is_asked_for_again_soon,
        a_history_that_does_not_fit_is_read_again_whole,
        a_whole_history_in_another_unit_is_refused_unless_forced,
        each_failure_is_remembered_for_as_long_as_it_may_last,
        the_next_provider_fills_what_the_first_has_not,
        a_folder_goes_before_the_network_and_its_emptiness_is_not_remembered,
        without_the_network_the_cache_answers_and_says_what_it_lacks,
        what_was_paid_for_is_kept_when_its_lease_is_lost,
        a_caller_who_goes_away_midway_leaves_bars_and_no_lease,
        a_forced_fetch_skips_the_check_and_never_the_flight,
        a_refresh_asks_first_for_what_completes_most_and_for_references_too,
        one_empty_range_of_an_unknown_symbol_says_little_of_others,
        a_provider_that_does_not_know_the_symbol_says_nothing_against_one_that_does,
        an_earlier_range_does_not_make_known_emptiness_forgotten,
        a_folder_in_the_chain_makes_no_failure_of_what_is_held,
        whoever_waits_for_one_symbol_does_not_wait_for_all_of_a_refresh,
    }
    failures {
        a_short_pause_of_one_provider_does_not_ask_another_again,
        who_was_never_asked_is_asked_though_another_failed,
        two_providers_that_do_not_know_a_symbol_need_not_say_so_at_once,
        that_a_provider_has_nothing_in_a_range_says_nothing_of_another_range,
        what_another_provider_filled_is_no_failure_and_the_first_is_left_alone,
    }
    listed {
        a_page_of_events_goes_on_where_the_one_before_ended_whatever_is_entered_meanwhile,
        a_page_of_snapshots_is_the_first_of_its_range,
    }
    plans {
        a_plan_that_refused_one_process_is_not_asked_in_vain_by_another,
    }
    wanted {
        symbols_that_nobody_has_met_are_asked_about_so_often_a_day,
        reads_at_the_same_time_have_no_more_jobs_than_they_may,
    }
    jobs {
        a_job_goes_from_pending_to_completed_and_tells_how,
        a_key_gives_the_same_job_and_refuses_another_input,
        somebody_elses_job_is_no_job,
        jobs_are_listed_in_pages_newest_first,
        what_makes_no_sense_is_refused_and_no_job_is_made,
        a_full_queue_takes_nothing_on,
        those_who_watch_see_each_change_and_the_end,
        nothing_left_to_do_is_completed_and_said,
        the_writes_of_a_job_go_into_another_transaction,
        a_job_costs_few_statements_whatever_its_size,
        a_job_that_a_process_did_not_come_back_to_is_gone_on_with,
        jobs_are_kept_for_a_month,
    }
    jobs_ended {
        what_failed_is_tried_again_and_nothing_else,
        faults_that_may_pass_are_tried_three_times_with_growing_pauses,
        a_fault_for_good_is_not_tried_again,
        a_panic_is_the_end_of_its_job_and_of_nothing_else,
        a_job_is_cancelled_between_two_units,
        a_job_that_waits_is_cancelled_at_once_and_stays_so,
        workers_told_to_end_hand_their_jobs_back,
        jobs_of_all_owners_are_worked_on_by_many_workers_once_each,
    }
    jobs_held {
        a_refresh_held_past_its_lease_records_nothing,
        a_refresh_held_past_its_lease_records_nothing_though_nobody_else_came,
        a_fetch_held_past_its_lease_records_nothing,
        whoever_waits_for_a_fetch_of_a_lost_job_fetches_itself,
        two_workers_on_one_job_do_it_once,
        a_job_that_stands_still_loses_its_lease_and_says_where_it_stood,
        a_job_whose_workers_always_go_away_fails,
        the_present_may_jump_while_a_job_runs,
    }
    schedules {
        an_occurrence_makes_one_job_however_many_look,
        missed_occurrences_are_made_up_once,
        schedules_are_their_owners_and_are_refused_when_they_make_no_sense,
        a_clock_that_was_ahead_keeps_no_schedule_from_firing,
    }
    doctor {
        books_in_order_have_no_findings,
        figures_that_do_not_add_up_are_found,
        holes_between_sessions_are_found,
        leftovers_are_found,
        a_portfolio_deleted_during_its_refresh_stays_deleted,
    }
    statements {
        statements_do_not_grow_with_sessions_or_positions,
    }
    risk {
        figures_of_symbols_are_complete_and_stamped_with_the_last_session,
        later_bars_change_no_earlier_figure,
        splits_and_dividends_are_no_returns,
        statements_do_not_grow_with_symbols,
        what_has_no_prices_is_told_and_the_rest_computed,
        correlations_are_the_same_with_and_without_a_database,
    }
    portfolio_risk {
        the_figures_of_a_portfolio_are_complete,
        the_benchmark_alone_has_a_beta_of_one_and_nothing_unexplained,
        windows_beyond_the_usual_history_are_fetched_for,
        a_sector_is_stood_for_by_its_fund,
        later_bars_change_no_earlier_risk,
        a_young_symbol_changes_nobody_elses_figures,
        private_holdings_are_listed_and_left_out,
        what_is_private_alone_is_measured_on_the_benchmark_too,
        what_cannot_be_measured_is_absent_with_a_reason,
        options_move_with_their_underlying,
        statements_of_a_risk_do_not_grow_with_holdings,
        a_part_of_a_risk_asks_for_no_more_than_it_shows,
        what_only_the_cache_may_answer_asks_nobody,
    }
    analytics {
        a_refresh_records_the_figures_of_its_last_session,
        missed_nights_are_made_up_for_and_no_more,
        what_changed_is_computed_again_and_nothing_else,
        figures_are_dropped_and_rebuilt_to_the_same_bytes,
        too_little_coverage_is_warned_of_with_its_symbols,
        an_option_whose_underlying_has_no_price_is_warned_of,
        many_portfolios_that_lack_coverage_are_warned_of_together,
        a_failure_of_figures_loses_no_snapshot,
        forecasts_are_shown_against_what_came,
    }
    racing {
        an_event_added_at_any_step_is_never_lost,
        an_event_added_behind_the_others_at_any_step_is_never_lost,
        an_event_voided_at_any_step_is_never_lost,
        the_first_event_voided_at_any_step_is_never_lost,
        a_price_changed_at_any_step_is_never_lost,
        a_portfolio_without_work_that_changes_meanwhile_is_told_once,
        a_portfolio_that_changes_without_end_is_a_conflict_and_stops_no_other,
    }
    interrupted {
        a_run_killed_at_any_step_leaves_nothing_behind,
        a_run_dropped_at_any_poll_leaves_nothing_behind,
        a_lease_left_behind_blocks_no_longer_than_its_length,
        a_run_that_is_dropped_gives_its_lease_back,
        a_worker_that_comes_back_after_its_lease_is_gone_changes_nothing,
    }
    concurrent {
        two_refreshes_at_once_give_one_result,
        two_processes_at_once_give_one_result,
        a_portfolio_at_work_elsewhere_is_told_and_stops_no_other,
        running_again_changes_nothing,
        a_dry_run_needs_no_lease,
    }
    pieces {
        pieces_equal_one_go,
        groups_equal_one_go,
        a_reset_from_any_session_is_rebuilt_to_the_same,
        computing_again_from_any_session_changes_nothing,
        missed_sessions_are_computed_too_when_a_start_is_given,
        an_end_before_the_start_is_refused,
        an_unfinished_session_is_not_computed,
        new_settings_compute_everything_again,
        a_reset_between_load_and_record_is_not_undone,
    }
    changed_events {
        a_late_event_changes_everything_from_its_session_on,
        a_voided_event_changes_everything_from_its_session_on,
        an_event_on_a_week_end_counts_on_the_next_session,
        an_event_on_the_week_end_before_the_first_session_is_taken,
        voiding_all_events_drops_the_snapshots,
        voiding_the_first_event_drops_the_sessions_before_the_second,
        voiding_the_first_event_may_leave_a_later_beginning,
        snapshots_after_the_end_do_not_go_stale,
        a_dry_run_tells_what_would_differ_and_writes_nothing,
        entered_splits_that_leave_remainders_are_no_wrong_history,
        a_voided_dividend_gives_back_what_others_replaced,
    }
    changed_prices {
        a_changed_bar_dirties_its_holders_from_its_session_on,
        a_removed_bar_leaves_a_stale_price,
        a_restated_file_is_logged,
        an_added_dividend_is_credited_from_its_date_on,
        an_added_split_is_applied_from_its_date_on,
        an_unchanged_file_is_an_answer_that_writes_nothing,
        a_missing_file_keeps_the_prices_that_are_held,
    }
    unpriced {
        a_portfolio_without_events_is_skipped,
        no_portfolio_at_all_is_no_failure,
        an_unknown_symbol_is_valued_at_cost_and_told,
        without_any_price_nothing_is_computed_until_an_end_is_given,
        a_symbol_without_prices_does_not_stop_cash_portfolios,
        a_late_buy_without_prices_leaves_no_stale_snapshot,
        the_newest_bar_of_a_held_symbol_ends_the_run,
    }
    options {
        an_option_is_settled_when_the_close_it_waits_for_comes,
        nothing_is_entered_of_an_option_behind_its_last_session,
    }
    private_holdings {
        private_holdings_are_never_asked_of_a_provider,
        what_two_owners_call_the_same_in_private_is_two_things,
        what_one_holds_in_private_is_to_others_what_everybody_calls_so,
        what_is_held_in_private_goes_to_the_heir,
    }
    limits {
        a_limit_crossed_ends_the_phase_and_keeps_what_is_there,
    }
    fetch {
        two_hundred_callers_make_one_provider_call,
        overlapping_batches_ask_each_symbol_once,
        whoever_asks_after_an_answer_is_answered_anew,
        a_caller_who_goes_away_stops_nothing,
        a_failure_of_the_provider_reaches_every_caller_and_is_kept,
        no_connection_is_held_while_a_provider_is_slow,
        a_refresh_holds_no_connection_while_a_provider_is_slow,
    }
    flights {
        a_provider_that_panics_leaves_no_flight_behind,
        a_failure_to_record_reaches_every_caller,
        a_run_that_goes_away_leaves_its_fetch_to_end,
    }
    prices {
        prices_are_read_through_the_cache,
        prices_without_a_database_are_passed_through,
        coverage_tells_holes_and_what_is_behind,
        prices_are_adjusted_as_of_the_last_date,
        a_dividend_above_the_price_is_told,
        prices_that_another_process_recorded_meanwhile_are_answered,
        an_answer_of_the_cache_is_current_until_its_symbol_changes,
        an_answer_that_time_changes_has_no_version,
    }
    performance {
        a_portfolio_is_measured_by_its_snapshots,
        dates_bound_the_returns_used,
        a_session_without_a_return_is_left_out_and_counted,
        a_benchmark_without_prices_takes_only_its_figures_away,
        the_returns_of_a_symbol_are_total_returns,
        a_symbol_is_measured_without_a_database,
        a_holding_that_reinvests_has_the_total_return_of_its_symbol,
    }
    indicator {
        an_indicator_follows_the_prices_of_the_cache,
        an_indicator_takes_prices_adjusted_for_splits_alone,
        an_indicator_that_is_none_is_refused_before_anything_is_fetched,
    }
    profiles {
        two_hundred_callers_make_one_profile_call,
        a_second_call_asks_nobody_even_after_a_restart,
        at_most_five_symbols_are_asked_for_at_once,
        a_crash_in_the_middle_keeps_what_was_recorded,
        what_came_in_is_recorded_while_others_are_awaited,
        one_failing_symbol_fails_no_other,
        a_rate_limit_keeps_what_was_paid_for,
        a_caller_of_profiles_who_goes_away_stops_nothing,
        two_processes_ask_once,
        a_symbol_is_not_kept_waiting_behind_hundreds,
        no_connection_is_held_while_profiles_are_awaited,
        a_failure_to_record_profiles_reaches_every_caller,
    }
    profiles_known {
        what_was_learned_expires_and_so_does_a_failure,
        a_profile_that_cannot_be_renewed_stays,
        what_a_provider_tells_makes_a_fund_of_what_was_called_a_stock,
        an_edited_folder_goes_before_what_was_learned_elsewhere,
        the_emptiness_of_a_folder_is_never_remembered,
        a_currency_that_is_learned_is_taken_into_the_books,
        figures_are_renewed_three_days_after_earnings_and_keep_the_date_they_became_known,
        every_change_of_a_profile_takes_a_step,
    }
    sectors {
        a_refresh_adds_up_what_is_held_of_each_sector,
        what_is_held_of_each_sector_follows_the_positions,
        the_past_and_a_dry_run_leave_profiles_and_sectors_alone,
        offline_a_refresh_reads_the_folder_and_asks_no_provider,
        a_refresh_asks_a_provider_once_and_tells_what_failed,
    }
    import {
        twins_are_two_fills_and_the_same_file_adds_nothing,
        a_bad_row_refuses_the_whole_file,
        bad_rows_may_be_skipped,
        a_dry_run_of_an_import_writes_nothing,
        a_row_whose_fill_was_voided_comes_back_alone,
        rows_before_the_first_session_are_refused,
        refused_rows_are_told_by_the_line_they_stand_on,
        two_imports_of_one_file_at_once_add_it_once,
        a_portfolio_and_its_file_are_created_together_or_not_at_all,
    }
    events {
        a_key_names_one_event,
        voiding_frees_the_key,
        an_event_before_the_first_session_is_refused,
        events_added_at_once_are_all_kept_in_order,
        an_event_that_makes_no_sense_names_its_option,
    }
    owners {
        what_another_owner_has_cannot_be_seen,
    }
    universe {
        what_is_held_and_has_prices_is_in_the_universe,
        a_look_at_a_symbol_does_not_take_it_in,
        what_the_providers_do_not_know_any_more_is_inactive_until_they_do,
    }
    validation {
        every_bad_row_is_told_at_once_and_nothing_is_written,
        what_nobody_can_say_is_taken,
        an_answer_that_comes_too_late_is_kept,
        only_what_is_quoted_and_not_known_is_asked_for,
    }
    users {
        the_first_user_takes_over_what_there_is,
        users_added_at_once_are_one_first_and_many_later_ones,
        a_name_is_taken_once_whatever_its_case,
        a_password_is_made_when_none_is_given,
        a_user_who_owns_portfolios_is_removed_when_they_are_given_away,
        whoever_inherits_from_the_first_user_is_whom_the_command_line_works_for,
        the_only_admin_stays_while_there_are_others,
        a_removed_user_is_let_in_by_nothing,
    }
    tokens {
        a_token_lets_in_its_user_with_its_scopes,
        a_token_opens_no_more_than_its_user_may,
        tokens_that_make_no_sense_are_refused,
        a_user_has_so_many_tokens_and_no_more,
        tokens_that_are_over_say_so_and_others_say_nothing,
        somebody_elses_token_is_not_there_to_be_revoked,
        the_use_of_a_token_is_noted_once_a_minute,
    }
    sessions {
        a_session_knows_its_user_until_it_is_logged_out,
        a_session_ends_when_idle_and_in_any_case_in_the_end,
        another_password_ends_all_sessions,
        a_user_has_so_many_sessions_and_the_oldest_goes,
        attempts_under_a_name_are_counted_for_all_processes,
        attempts_from_an_address_are_counted_whatever_the_name,
        whoever_knows_the_password_is_not_counted,
        attempts_side_by_side_are_no_way_around_the_count,
        counts_and_sessions_that_are_over_are_dropped,
    }
    onboarding {
        the_figures_of_a_symbol_are_kept_before_anybody_refreshes,
        a_job_that_is_opened_again_finds_room_first_and_asks_anew,
        options_on_a_symbol_that_stands_for_another_are_options_on_the_other,
        symbols_of_a_file_stand_in_the_queue_once,
        holders_are_computed_as_if_the_symbols_had_been_known,
        what_does_not_fit_into_the_queue_writes_nothing,
        two_uploads_at_once_do_not_both_find_the_last_room,
        a_symbol_that_proves_not_to_exist_stops_no_other_and_can_be_mended,
        there_is_always_a_status_and_a_failure_can_be_tried_again,
        prices_reach_back_to_the_first_entry_of_a_holder,
    }
    order {
        the_order_of_portfolios_and_symbols_changes_nothing,
        the_number_of_threads_changes_nothing,
    }
}
