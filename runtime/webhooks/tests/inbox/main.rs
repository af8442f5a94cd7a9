//! The contract of an inbox, tested for each implementation: one list of cases over the trait, and
//! for the databases their specific cases.
//!
//! To test another inbox, copy the modules of cases and `stage.rs`, and create a [`Stage`] with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod aborts;
mod claims;
mod concurrency;
mod dead_letters;
mod order;
mod outcomes;
mod postgres;
mod sqlite;
mod stage;
mod storing;
mod suspects;

/// Every case for every inbox.
macro_rules! cases {
    ($($module:ident: $($name:ident)*;)*) => {
        mod in_memory {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    crate::stage::in_memory(crate::$module::$name).await;
                }
            )*)*
        }

        mod in_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    crate::sqlite::stage(crate::$module::$name).await;
                }
            )*)*
        }

        mod in_postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                #[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
                async fn $name() {
                    crate::postgres::stage(crate::$module::$name).await;
                }
            )*)*
        }
    };
}

cases! {
    storing:
        ids_are_stored_once
        ids_are_stored_once_within_a_batch
        ids_are_known_after_completion
        ids_may_be_long_and_odd
        nothing_is_stored_of_an_empty_batch
        bodies_come_back_as_they_were
        bodies_are_deleted_once_completed
        records_have_the_state_of_a_message
        stats_count_what_is_in_which_state
        pruning_deletes_old_ids_only
        pruning_leaves_unfinished_messages
        watermarks_are_stored_by_name
        the_wake_signal_is_notified_of_new_messages;
    claims:
        messages_are_claimed_once
        messages_come_in_the_order_in_which_they_were_due
        claims_are_limited
        expired_leases_are_claimed_again
        leases_last_as_long_as_was_asked
        renewed_leases_last_longer
        expired_leases_can_be_renewed_until_the_next_claim
        leases_are_lost_after_another_claim
        leases_of_unknown_messages_are_lost
        very_long_times_are_no_error;
    outcomes:
        completing_twice_changes_nothing
        completed_messages_are_never_claimed_again
        renewing_what_is_completed_changes_nothing
        failed_messages_are_due_after_the_pause
        failures_without_pause_are_due_at_once
        released_messages_are_due_at_once_and_not_counted
        ended_leases_are_lost
        dead_lettered_messages_are_not_claimed;
    dead_letters:
        dead_letters_are_listed_oldest_first
        dead_letters_can_be_paged_while_they_are_resolved
        replayed_letters_are_tried_anew
        discarded_letters_are_done
        only_dead_letters_are_replayed_or_discarded
        replayed_letters_keep_their_place_in_the_order;
    order:
        objects_are_handled_one_message_at_a_time
        earlier_messages_come_first
        messages_of_one_second_come_as_they_arrived
        a_failed_message_holds_up_those_after_it
        a_dead_letter_holds_nothing_up
        a_late_message_comes_before_those_that_wait
        a_late_message_waits_while_the_object_is_handled
        an_expired_lease_is_lost_to_an_earlier_message
        an_expired_lease_is_taken_again_in_order
        messages_without_an_object_are_in_no_order
        any_order_ignores_objects;
    suspects:
        a_message_whose_lease_expired_is_claimed_alone
        one_poison_message_costs_one_message
        several_poison_messages_cost_no_others
        an_outcome_ends_the_suspicion
        a_released_suspect_remains_one
        suspects_become_dead_letters_once
        a_replayed_suspect_begins_anew
        suspects_are_claimed_in_order
        a_suspect_waits_for_earlier_messages_of_its_object
        leases_of_one_claim_end_at_different_times;
    concurrency:
        concurrent_stores_of_the_same_ids_agree_on_the_first
        many_workers_handle_every_message_once
        many_workers_keep_the_order_of_objects;
}
