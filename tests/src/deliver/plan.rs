//! Which events happen, and in which order they are delivered how often.

use super::rng::Rng;

/// The average number of events of an object.
const EVENTS_PER_OBJECT: usize = 20;

/// The percentage of events that are delivered more than once.
const REPEATED: u64 = 15;

/// The maximum distance of a delivery from its position.
const DISORDER: u64 = 200;

/// The first second.
const BEGIN: usize = 1_769_599_800;

/// The type of events that abort the process that handles them.
pub const POISON_TYPE: &str = "customer.deleted";

/// The number of events in a second.
const PER_SECOND: usize = 50;

/// The events and their deliveries.
#[derive(Clone, Debug)]
pub struct DeliveryPlan {
    /// How many events happen.
    pub events: usize,
    /// How many of them abort the process that handles them.
    pub poison: usize,
    /// The numbers of the events, in the order in which they are sent.
    pub deliveries: Vec<usize>,
}

impl DeliveryPlan {
    /// So many events, each delivered once or more often, roughly in their order. So many of them,
    /// at equal distances, are poison.
    pub fn new(events: usize, poison: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut order: Vec<(u64, usize)> = Vec::with_capacity(events + events / 4);
        for number in 0..events {
            let place = number as u64;
            order.push((place + rng.below(DISORDER), number));
            if rng.below(100) < REPEATED {
                // Soon after the first, or at any time.
                let late = if rng.below(2) == 0 { 20 } else { events as u64 };
                order.push((place + rng.below(late), number));
            }
        }
        order.sort_unstable();
        let deliveries = order.into_iter().map(|(_, number)| number).collect();
        Self {
            events,
            poison,
            deliveries,
        }
    }

    /// The id of an event.
    pub fn id(number: usize) -> String {
        format!("evt_{number:07}")
    }

    /// Whether the event aborts the process that handles it.
    pub fn is_poison(&self, number: usize) -> bool {
        let distance = self.events.checked_div(self.poison).unwrap_or(0).max(1);
        number % distance == distance / 2 && number / distance < self.poison
    }

    /// The body of an event, as the API would write it.
    pub fn body(&self, number: usize) -> String {
        let object = number % (self.events / EVENTS_PER_OBJECT).max(1);
        let type_ = match number {
            _ if self.is_poison(number) => POISON_TYPE,
            _ if number.is_multiple_of(7) => "customer.created",
            _ => "customer.updated",
        };
        let event = serde_json::json!({
            "id": Self::id(number),
            "object": "event",
            "api_version": "2026-01-28.clover",
            "created": BEGIN + number / PER_SECOND,
            "data": {
                "object": {
                    "id": format!("cus_{object}"),
                    "object": "customer",
                    "balance": number,
                    "description": "x".repeat(600),
                    "metadata": {"number": number.to_string()},
                },
                "previous_attributes": {"balance": 0},
            },
            "livemode": false,
            "pending_webhooks": 1,
            "request": {"id": null, "idempotency_key": null},
            "type": type_,
        });
        format!("{event:#}")
    }
}
