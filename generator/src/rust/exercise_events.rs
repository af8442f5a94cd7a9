//! The part of the exerciser that reads events: by variant and by constant.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{FileContext, ident_token};
use crate::model::Events;

/// A table of all types of events.
pub(super) fn events_table(cx: &FileContext<'_>, events: &Events) -> TokenStream {
    let named = events.types.iter().zip(cx.names.event_names());
    let entries = named.map(|(event, names)| {
        let name = &event.name;
        let (variant, constant) = (ident_token(&names.variant), ident_token(&names.constant));
        quote! {
            EventExercise {
                name: #name,
                by_variant: |data| match data {
                    EventData::#variant(payload) => Some(recoded(payload)),
                    _ => None,
                },
                by_constant: |event| event.payload_of(kinds::#constant).map(recoded),
            }
        }
    });
    let root = cx.crate_path();
    quote! {
        use #root::webhooks::{Event, EventData, Payload, kinds};

        type RecodedEvent = Option<Recoded>;

        /// One type of events. The functions decode an object into the type that goes with the
        /// type of the event and encode it again; they answer with nothing if the event is of
        /// another type.
        #[derive(Debug)]
        pub struct EventExercise {
            /// The name of the type.
            pub name: &'static str,
            /// For an event that has found its variant.
            pub by_variant: fn(EventData<'_>) -> RecodedEvent,
            /// For an event that is asked whether it is of the type of the constant.
            pub by_constant: fn(&Event) -> RecodedEvent,
        }

        /// Every type of events of the document, in its order.
        pub const EVENTS: &[EventExercise] = &[#(#entries),*];

        fn recoded<T: Place + Default + Encode>(
            payload: Payload<'_, T>,
        ) -> Recoded {
            let (value, corrections) = payload.object_with(DecodePolicy::Correct)?;
            Ok((encode_json(&value), corrections))
        }
    }
}
