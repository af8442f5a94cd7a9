//! What a request reads and changes.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::clock::IdGenerator;
use crate::document::{ApiDocument, OperationKind};
use crate::errors::ApiProblem;
use crate::json_value::{merge_members, set_member, text_member};
use crate::store::{ObjectStore, StoredObject};
use crate::synthesis::Synthesis;
use crate::test_methods::{find_test_card, is_test_card};

/// Options of a server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerSettings {
    /// Whether ids that do not exist are created when they are used.
    pub(crate) create_missing: bool,
    /// Whether events may be forwarded to other machines.
    pub(crate) allow_remote: bool,
}

/// An event that a behaviour reports, besides those that follow from changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) kind: String,
    pub(crate) tag: String,
    pub(crate) id: String,
}

/// What a request reads and changes: the objects of one account, at one time.
#[derive(Debug)]
pub(crate) struct RequestContext<'s> {
    pub(crate) document: &'s ApiDocument,
    pub(crate) settings: &'s ServerSettings,
    pub(crate) store: &'s mut ObjectStore,
    pub(crate) ids: &'s mut IdGenerator,
    /// Ids that were created because a request used them.
    pub(crate) invented: &'s mut HashSet<String>,
    pub(crate) now: i64,
    pub(crate) announcements: Vec<Announcement>,
}

impl RequestContext<'_> {
    pub(crate) fn synthesis(&mut self) -> Synthesis<'_> {
        Synthesis {
            document: self.document,
            ids: self.ids,
            now: self.now,
        }
    }

    /// An object that exists, or null.
    pub(crate) fn read_object(&self, tag: &str, id: &str) -> Value {
        self.store.find(tag, id).cloned().unwrap_or_default()
    }

    /// Creates an object: required members from the schema, then parameters, then a patch.
    pub(crate) fn create_object(
        &mut self,
        tag: &str,
        params: &Value,
        patch: Value,
    ) -> Result<String, ApiProblem> {
        self.create_below(tag, params, patch, Vec::new())
    }

    /// Creates an object below others, whose ids are in the path.
    pub(crate) fn create_below(
        &mut self,
        tag: &str,
        params: &Value,
        patch: Value,
        owners: Vec<String>,
    ) -> Result<String, ApiProblem> {
        let Some(schema) = self.document.schema_of_tag(tag) else {
            let message = format!("The document has no objects of the type {tag}.");
            return Err(ApiProblem::bad_request("resource_unknown", message));
        };
        let mut synthesis = self.synthesis();
        let mut value = synthesis.new_object(schema);
        synthesis.overlay(schema, &mut value, params);
        merge_members(&mut value, patch);
        // Some objects have no id, or one that may be null.
        if text_member(&value, "id").is_empty() {
            let id = match text_member(&value, "identifier") {
                "" => self.ids.new_id(self.document.id_prefix(tag)),
                identifier => identifier.to_owned(),
            };
            if schema["properties"]["id"].is_object() {
                set_member(&mut value, "id", json!(id));
            } else {
                return Ok(self.store_object(tag, &id, value, owners));
            }
        }
        let id = text_member(&value, "id").to_owned();
        if self.store.find(tag, &id).is_some() && !self.settings.create_missing {
            let message = format!("An object of the type {tag} already exists: {id}.");
            return Err(ApiProblem::parameter(
                "resource_already_exists",
                "id",
                message,
            ));
        }
        self.set_list_urls(tag, &id, &mut value);
        Ok(self.store_object(tag, &id, value, owners))
    }

    fn store_object(&mut self, tag: &str, id: &str, value: Value, owners: Vec<String>) -> String {
        let object = StoredObject {
            value,
            owners,
            is_deleted: false,
        };
        self.store.insert(tag, id, object);
        id.to_owned()
    }

    /// Lists within an object say where the rest of them is.
    fn set_list_urls(&self, tag: &str, id: &str, value: &mut Value) {
        for (name, member) in value.as_object_mut().into_iter().flatten() {
            if member["object"] == "list" {
                let url = self.list_url(tag, id, name);
                set_member(member, "url", json!(url));
            }
        }
    }

    /// The URL of a list within an object: below the object, or a list that selects by it.
    pub(crate) fn list_url(&self, tag: &str, id: &str, name: &str) -> String {
        let nested = self.document.operations.iter().find(|operation| {
            let owner = operation.owner_tags.last();
            operation.kind == OperationKind::List
                && owner.is_some_and(|tags| tags.iter().any(|owner| owner == tag))
                && operation.path.ends_with(&format!("}}/{name}"))
        });
        if let Some((start, end)) = nested.and_then(|nested| nested.path.split_once('{')) {
            let end = end.split_once('}').map_or("", |(_, end)| end);
            return format!("{start}{id}{end}");
        }
        let field = tag.rsplit('.').next().unwrap_or(tag);
        let schema = self.document.schema_of_tag(tag);
        let list = schema.map(|schema| &schema["properties"][name]);
        let list = list.map(|list| self.document.resolve_schema(list));
        let items = list.map(|list| self.document.tags_of_schema(&list["properties"]["data"]));
        let items = items.unwrap_or_default();
        let selecting = self.document.operations.iter().find(|operation| {
            operation.kind == OperationKind::List
                && operation.owner_tags.is_empty()
                && operation.tags == items
                && operation.query["properties"][field].is_object()
        });
        match selecting {
            Some(selecting) => format!("{}?{field}={id}", selecting.path),
            None => format!("/v1/{field}s/{id}/{name}"),
        }
    }

    /// Changes members of an object.
    pub(crate) fn patch_object(&mut self, tag: &str, id: &str, patch: Value) {
        self.store
            .modify(tag, id, |value| merge_members(value, patch));
    }

    /// Stores what the server has to know and no response has.
    pub(crate) fn store_private(&mut self, key: &str, value: Value) {
        self.store_object("singleton", key, value, Vec::new());
    }

    /// What was stored by [`Self::store_private`], or null.
    pub(crate) fn read_private(&self, key: &str) -> Value {
        self.read_object("singleton", key)
    }

    /// The id of an object that a parameter or a path names. Names of test payment methods stand
    /// for a new one; ids that do not exist are created, if the server is set to that.
    pub(crate) fn require_object(
        &mut self,
        tags: &[String],
        id: &str,
        param: &str,
        status: u16,
    ) -> Result<(String, String), ApiProblem> {
        let found = tags.iter().find(|tag| self.store.find(tag, id).is_some());
        if let Some(tag) = found {
            return Ok((tag.clone(), id.to_owned()));
        }
        let takes_methods = tags.iter().any(|tag| tag == "payment_method");
        if takes_methods && is_test_card(id) {
            let method = self.create_test_method(id)?;
            return Ok(("payment_method".to_owned(), method));
        }
        let tag = tags.first().map(String::as_str).unwrap_or_default();
        let known = tags
            .iter()
            .any(|tag| self.document.schema_of_tag(tag).is_some());
        if !self.settings.create_missing || !known {
            return Err(ApiProblem::missing_object(status, tag, id, param));
        }
        self.invent_object(tags, id)
    }

    /// Like [`Self::require_object`], for a parameter with one type of objects.
    pub(crate) fn require_reference(
        &mut self,
        tag: &str,
        id: &str,
        param: &str,
    ) -> Result<Value, ApiProblem> {
        let (tag, id) = self.require_object(&[tag.to_owned()], id, param, 400)?;
        Ok(self.read_object(&tag, &id))
    }

    fn invent_object(&mut self, tags: &[String], id: &str) -> Result<(String, String), ApiProblem> {
        let tag = tags
            .iter()
            .find(|tag| self.document.schema_of_tag(tag).is_some());
        let tag = tag.cloned().unwrap_or_default();
        let created = self.create_object(&tag, &json!({}), json!({ "id": id }))?;
        self.invented.insert(created.clone());
        Ok((tag, created))
    }

    fn create_test_method(&mut self, name: &str) -> Result<String, ApiProblem> {
        let card = find_test_card(name);
        let patch = json!({ "type": "card", "card": card.map(|card| card.details()) });
        let id = self.create_object("payment_method", &json!({}), patch)?;
        Ok(id)
    }

    /// Fails with `problem` if the state of an object does not allow a request. The state of an
    /// object that was created because a request used it is any.
    pub(crate) fn check_state(
        &self,
        id: &str,
        is_allowed: bool,
        problem: impl FnOnce() -> ApiProblem,
    ) -> Result<(), ApiProblem> {
        match is_allowed || self.invented.contains(id) {
            true => Ok(()),
            false => Err(problem()),
        }
    }

    /// Reports an event about an object, as it is at the end of the request.
    pub(crate) fn announce(&mut self, kind: &str, tag: &str, id: &str) {
        let announcement = Announcement {
            kind: kind.to_owned(),
            tag: tag.to_owned(),
            id: id.to_owned(),
        };
        if !self.announcements.contains(&announcement) {
            self.announcements.push(announcement);
        }
    }
}
