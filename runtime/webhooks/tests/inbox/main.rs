//! What an inbox promises, checked for each of this crate's: one list of cases over the trait, and
//! for the databases what is particular to them.
//!
//! To check an inbox of your own, copy the modules of cases and `stage.rs`, and make a [`Stage`]
//! of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod claims;
mod crowd;
mod endings;
mod letters;
mod order;
mod postgres;
mod sqlite;
mod stage;
mod storing;

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
        ids_are_known_after_they_are_done
        ids_may_be_long_and_odd
        nothing_is_stored_of_an_empty_batch
        bodies_come_back_as_they_were
        bodies_are_forgotten_once_they_are_done
        finding_tells_where_a_message_is
        stats_count_what_is_in_which_state
        pruning_forgets_old_ids_only
        pruning_leaves_unfinished_messages
        positions_are_kept_by_name
        the_bell_rings_for_what_is_new;
    claims:
        messages_are_claimed_once
        messages_come_in_the_order_in_which_they_were_due
        claims_are_limited
        expired_leases_are_claimed_again
        leases_last_as_long_as_was_asked
        renewed_leases_last_longer
        leases_that_are_over_can_be_renewed_until_they_are_taken
        leases_that_were_taken_are_lost
        leases_of_unknown_messages_are_lost
        very_long_times_are_no_error;
    endings:
        completing_twice_changes_nothing
        completed_messages_are_never_claimed_again
        renewing_what_is_completed_changes_nothing
        failed_messages_are_due_after_the_pause
        failures_without_pause_are_due_at_once
        released_messages_are_due_at_once_and_not_counted
        ended_leases_are_lost
        buried_messages_are_not_claimed;
    letters:
        dead_letters_come_by_time_of_death
        dead_letters_can_be_paged_while_they_are_dealt_with
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
        any_order_minds_no_objects;
    crowd:
        many_storers_of_the_same_ids_agree_on_who_was_first
        many_workers_handle_every_message_once
        many_workers_keep_the_order_of_objects;
}
