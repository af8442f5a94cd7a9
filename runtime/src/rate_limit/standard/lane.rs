//! The limit of one operation or class, and those who wait for it.

use std::collections::{BTreeMap, HashMap};

use super::super::Priority;
use super::bucket::Bucket;
use super::turns::Turns;

/// What a lane is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Operation,
    Class,
}

/// What a lane is called and may do.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneSpec<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    /// Per second; 0 for no limit.
    pub(super) per_second: u32,
    /// At once; 0 for no limit.
    pub(super) concurrent: u32,
}

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) kind: Kind,
    pub(super) name: Box<str>,
    pub(super) bucket: Bucket,
    /// Tickets by their place in the order of arrival.
    interactive: BTreeMap<u64, u64>,
    bulk: BTreeMap<u64, u64>,
    pub(super) turns: Turns,
    /// Tickets that wait here, those with a reservation included.
    pub(super) waiting: u32,
}

/// The one whom a lane would let go next. Compares by who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offer {
    rank: u8,
    pub(super) place: u64,
    pub(super) ticket: u64,
}

impl Lane {
    fn new(spec: &LaneSpec<'_>) -> Self {
        Self {
            kind: spec.kind,
            name: spec.name.into(),
            bucket: Bucket::new(spec.per_second, spec.concurrent),
            interactive: BTreeMap::new(),
            bulk: BTreeMap::new(),
            turns: Turns::default(),
            waiting: 0,
        }
    }

    pub(super) fn queue(&mut self, priority: Priority) -> &mut BTreeMap<u64, u64> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        }
    }

    /// The head of the queue whose turn it is. `bulk_first` if bulk work is due in the whole
    /// account.
    pub(super) fn offer(&self, bulk_first: bool) -> Option<Offer> {
        let head = |queue: &BTreeMap<u64, u64>, rank| {
            let (&place, &ticket) = queue.first_key_value()?;
            Some(Offer {
                rank,
                place,
                ticket,
            })
        };
        let bulk_rank = match (bulk_first, self.turns.is_bulk_due()) {
            (true, _) => 0,
            // Due here, it stands in line with the interactive ones of other lanes.
            (false, true) => 1,
            (false, false) => 2,
        };
        let bulk = head(&self.bulk, bulk_rank);
        match head(&self.interactive, 1) {
            Some(_) if bulk.is_some() && bulk_rank < 2 => bulk,
            Some(offer) => Some(offer),
            None => bulk,
        }
    }

    pub(super) fn bulk_waits(&self) -> bool {
        !self.bulk.is_empty()
    }

    fn has_queue(&self) -> bool {
        !self.interactive.is_empty() || !self.bulk.is_empty()
    }

    fn is_idle(&mut self, now: u64) -> bool {
        self.waiting == 0 && self.bucket.is_idle(now)
    }
}

/// The lanes of an account. A lane keeps its number for as long as it is in use.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    slots: Vec<Option<Lane>>,
    free: Vec<usize>,
    operations: HashMap<Box<str>, usize>,
    classes: HashMap<Box<str>, usize>,
}

impl Lanes {
    pub(super) fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        match kind {
            Kind::Operation => self.operations.get(name).copied(),
            Kind::Class => self.classes.get(name).copied(),
        }
    }

    pub(super) fn add(&mut self, spec: &LaneSpec<'_>) -> usize {
        let lane = Some(Lane::new(spec));
        let id = match self.free.pop() {
            Some(id) => id,
            None => self.slots.len(),
        };
        match self.slots.get_mut(id) {
            Some(slot) => *slot = lane,
            None => self.slots.push(lane),
        }
        match spec.kind {
            Kind::Operation => self.operations.insert(spec.name.into(), id),
            Kind::Class => self.classes.insert(spec.name.into(), id),
        };
        id
    }

    pub(super) fn get(&mut self, id: usize) -> Option<&mut Lane> {
        self.slots.get_mut(id)?.as_mut()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.slots.iter_mut().flatten()
    }

    /// Lanes with somebody in the queue.
    pub(super) fn queued(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.iter_mut().filter(|lane| lane.has_queue())
    }

    pub(super) fn len(&self) -> usize {
        self.operations.len() + self.classes.len()
    }

    /// Forgets lanes that nobody uses.
    pub(super) fn sweep(&mut self, now: u64) {
        for (id, slot) in self.slots.iter_mut().enumerate() {
            if !slot.as_mut().is_some_and(|lane| lane.is_idle(now)) {
                continue;
            }
            if let Some(lane) = slot.take() {
                self.free.push(id);
                match lane.kind {
                    Kind::Operation => self.operations.remove(&lane.name),
                    Kind::Class => self.classes.remove(&lane.name),
                };
            }
        }
    }
}
