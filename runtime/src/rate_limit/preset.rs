//! The limits that an API publishes, as constants of generated code.

/// Limits that an API publishes, stated by generated code. 0 stands for no limit.
///
/// ```
/// use runtime::rate_limit::{ClassLimit, Preset};
///
/// // <https://docs.stripe.com/rate-limits>
/// const LIMITS: Preset = Preset::new(100, 25, 25).classes(&[
///     ClassLimit::new("search", 20),
///     ClassLimit::new("payouts", 15).concurrent(30),
///     ClassLimit::new("meter_events", 1_000).separate(),
/// ]);
/// # assert_eq!(LIMITS.live_per_second, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// Attempts per second and account in live mode.
    pub live_per_second: u32,
    /// Attempts per second and account outside of live mode.
    pub test_per_second: u32,
    /// Attempts per second of one operation, whatever its path arguments, unless its class says
    /// otherwise.
    pub operation_per_second: u32,
    /// Classes of operations with limits of their own.
    pub classes: &'static [ClassLimit],
}

impl Preset {
    /// Limits without classes, in attempts per second.
    pub const fn new(live: u32, test: u32, operation: u32) -> Self {
        Self {
            live_per_second: live,
            test_per_second: test,
            operation_per_second: operation,
            classes: &[],
        }
    }

    /// The same with classes.
    pub const fn classes(mut self, classes: &'static [ClassLimit]) -> Self {
        self.classes = classes;
        self
    }
}

/// The limit of a class of operations, which they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassLimit {
    /// The class, as operations name it.
    pub class: &'static str,
    /// Attempts per second; 0 if only the attempts at once are bounded.
    pub per_second: u32,
    /// The most attempts at once; 0 if nothing is known.
    pub concurrent: u32,
    /// Whether the class does not count against the account's limit.
    pub separate: bool,
}

impl ClassLimit {
    /// A class that shares the account's limit.
    pub const fn new(class: &'static str, per_second: u32) -> Self {
        Self {
            class,
            per_second,
            concurrent: 0,
            separate: false,
        }
    }

    /// The same with a bound on attempts at once.
    pub const fn concurrent(mut self, attempts: u32) -> Self {
        self.concurrent = attempts;
        self
    }

    /// The same, not counted against the account's limit.
    pub const fn separate(mut self) -> Self {
        self.separate = true;
        self
    }
}
