//! The limits that an API publishes, as constants of generated code.

/// Limits that an API publishes, stated by generated code. 0 stands for no limit.
///
/// ```
/// use rate_limit::{ClassLimit, Preset};
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
    /// Attempts per second of one operation with any path arguments, unless it has a class.
    pub operation_per_second: u32,
    /// Classes of operations with limits of their own.
    pub classes: &'static [ClassLimit],
}

impl Preset {
    /// Creates limits without classes, in attempts per second.
    pub const fn new(live: u32, test: u32, operation: u32) -> Self {
        Self {
            live_per_second: live,
            test_per_second: test,
            operation_per_second: operation,
            classes: &[],
        }
    }

    /// Sets the classes. Defaults to none.
    pub const fn classes(mut self, classes: &'static [ClassLimit]) -> Self {
        self.classes = classes;
        self
    }
}

/// The limit of a class of operations, which they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassLimit {
    /// The name of the class, as in `OperationSpec::rate_class`.
    pub class: &'static str,
    /// Attempts per second; 0 if only the attempts in flight are limited.
    pub per_second: u32,
    /// Attempts in flight at the same time; 0 for no limit.
    pub concurrent: u32,
    /// Whether the class does not count against the account's limit.
    pub separate: bool,
}

impl ClassLimit {
    /// Creates a class that counts against the account's limit.
    pub const fn new(class: &'static str, per_second: u32) -> Self {
        Self {
            class,
            per_second,
            concurrent: 0,
            separate: false,
        }
    }

    /// Sets the limit of attempts in flight at the same time.
    pub const fn concurrent(mut self, attempts: u32) -> Self {
        self.concurrent = attempts;
        self
    }

    /// Sets that the class does not count against the account's limit.
    pub const fn separate(mut self) -> Self {
        self.separate = true;
        self
    }
}
