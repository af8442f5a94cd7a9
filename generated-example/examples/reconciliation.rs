//! A nightly job: reads the balance transactions of a day, continues where an earlier run stopped,
//! adds them up, and compares them with the report of the API.
//!
//! ```text
//! STRIPE_SECRET_KEY=sk_test_… cargo run -p typed-api-stripe --example reconciliation -- FROM TO
//! ```
//!
//! `FROM` and `TO` are seconds since 1970; without them it is the last whole day in UTC. The job
//! writes `transactions.csv`, `transactions.cursor` and `report.csv` into the folder `FROM-TO`, below
//! the current folder (`FOLDER` names another one). If `STRIPE_API_BASE` is set, it uses that server
//! instead of Stripe.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program shows what it does, and has the time of the system"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stripe::Client;
use stripe::balance_transactions::ListBalanceTransactions;
use stripe::page::PageCursor;
use stripe::rate_limit::Priority;
use stripe::reporting::report_runs::{CreateReportRun, ParametersParams};
use stripe::value::{Range, Timestamp};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const DAY: i64 = 86_400;
const REPORT: &str = "balance_change_from_activity.itemized.1";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (from, to) = match arguments.as_slice() {
        [from, to] => (from.parse()?, to.parse()?),
        _ => last_day(),
    };
    let root = PathBuf::from(env::var("FOLDER").unwrap_or_else(|_| ".".to_owned()));
    let folder = root.join(format!("{from}-{to}"));
    fs::create_dir_all(&folder)?;
    let client = client()?;

    let count = read_transactions(&client, from, to, &folder).await?;
    println!("read {count} transactions");
    for (currency, net) in add_up(&folder)? {
        println!("net {net} {currency}");
    }
    download_report(&client, from, to, &folder).await?;
    compare(&folder)?;
    println!("the report has the same transactions");
    // The next run begins anew.
    fs::remove_file(folder.join("transactions.cursor"))?;
    Ok(())
}

/// Midnight of yesterday, and of today.
fn last_day() -> (i64, i64) {
    let now = Timestamp::from(SystemTime::now()).0;
    let today = now - now % DAY;
    (today - DAY, today)
}

/// Appends one line for each transaction to `transactions.csv`. The place in the list is stored
/// after each hundred, so a job that is killed continues there.
async fn read_transactions(client: &Client, from: i64, to: i64, folder: &Path) -> Outcome<usize> {
    let created = Range::new().gte(Timestamp(from)).lt(Timestamp(to));
    let params = ListBalanceTransactions::new().created(created).limit(100);
    // Calls of web requests are sent first.
    let list = client
        .balance_transactions()
        .list(params)
        .priority(Priority::Bulk);

    let mut progress = Progress::load(folder)?;
    let mut items = list.items();
    if let Some(cursor) = &progress.cursor {
        items = items.resume_from(cursor);
    }
    let mut count = 0;
    while let Some(transaction) = items.try_next().await? {
        // An amount that the response did not have must not be booked.
        if !transaction.extra.is_complete() {
            println!("{}: {:?}", transaction.id, transaction.extra.corrections());
        }
        progress.lines.push_str(&format!(
            "{},{},{},{},{}\n",
            transaction.id,
            transaction.type_,
            transaction.currency,
            transaction.amount,
            transaction.net,
        ));
        count += 1;
        if count % 100 == 0 {
            progress.store(items.cursor())?;
        }
    }
    progress.store(items.cursor())?;
    Ok(count)
}

/// How far the list was read: the lines that were written, and the place after them.
struct Progress {
    folder: PathBuf,
    output: File,
    /// The length of the output up to the cursor.
    length: u64,
    cursor: Option<PageCursor>,
    /// Lines that are not written yet.
    lines: String,
}

impl Progress {
    fn load(folder: &Path) -> Outcome<Self> {
        let (length, cursor) = match fs::read_to_string(folder.join("transactions.cursor")) {
            Ok(text) => {
                let (length, cursor) = text.split_once(' ').ok_or("the cursor is damaged")?;
                (length.parse()?, Some(cursor.parse()?))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => (0, None),
            Err(error) => return Err(error.into()),
        };
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("transactions.csv"))?;
        // What was written after the cursor was stored is read again.
        output.set_len(length)?;
        Ok(Self {
            folder: folder.to_owned(),
            output,
            length,
            cursor,
            lines: String::new(),
        })
    }

    /// The lines first, then the cursor, which replaces the earlier one in one step.
    fn store(&mut self, cursor: PageCursor) -> Outcome {
        self.output.write_all(self.lines.as_bytes())?;
        self.output.sync_data()?;
        self.length += u64::try_from(self.lines.len())?;
        self.lines.clear();
        let temporary = self.folder.join("transactions.cursor.new");
        fs::write(&temporary, format!("{} {cursor}", self.length))?;
        fs::rename(temporary, self.folder.join("transactions.cursor"))?;
        self.cursor = Some(cursor);
        Ok(())
    }
}

/// The net amounts by currency, in its smallest unit.
fn add_up(folder: &Path) -> Outcome<BTreeMap<String, i64>> {
    let mut sums = BTreeMap::new();
    for line in fs::read_to_string(folder.join("transactions.csv"))?.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if let [_, _, currency, _, net] = fields.as_slice() {
            let sum: &mut i64 = sums.entry((*currency).to_owned()).or_default();
            *sum += net.parse::<i64>()?;
        }
    }
    Ok(sums)
}

/// Runs a report, waits for it, and writes its file to `report.csv`.
async fn download_report(client: &Client, from: i64, to: i64, folder: &Path) -> Outcome {
    let reporting = client.reporting();
    let report = reporting.report_types().retrieve(REPORT).await?;
    if report.data_available_end.0 < to {
        return Err("the API does not have all data of the interval yet".into());
    }
    let parameters = ParametersParams::new()
        .interval_start(from)
        .interval_end(to)
        .columns(["balance_transaction_id"]);
    let runs = reporting.report_runs();
    let mut run = runs
        .create(CreateReportRun::new(REPORT).parameters(parameters))
        // A job that is repeated gets the report that was begun.
        .idempotency_key(format!("balance-change-{from}-{to}"))
        .await?;
    while run.status == "pending" {
        tokio::time::sleep(Duration::from_secs(5)).await;
        run = runs.retrieve(&run.id).await?;
    }
    let file = match run.result {
        Some(file) if run.status == "succeeded" => file,
        _ => return Err(run.error.unwrap_or(run.status).into()),
    };
    let content = client.files().contents(&file.id).stream().await?;
    content.save_to(folder.join("report.csv")).await?;
    Ok(())
}

/// Fails if a transaction is in the list or in the report only.
fn compare(folder: &Path) -> Outcome {
    let listed = first_column(&fs::read_to_string(folder.join("transactions.csv"))?);
    let mut reported = first_column(&fs::read_to_string(folder.join("report.csv"))?);
    reported.remove("balance_transaction_id");
    let differences: Vec<&String> = listed.symmetric_difference(&reported).collect();
    if !differences.is_empty() {
        return Err(format!("list and report differ in {differences:?}").into());
    }
    Ok(())
}

fn first_column(text: &str) -> BTreeSet<String> {
    let first = |line: &str| {
        line.split(',')
            .next()
            .unwrap_or(line)
            .trim_matches('"')
            .to_owned()
    };
    text.lines().map(first).collect()
}

/// A client of Stripe, or of the server that `STRIPE_API_BASE` names.
fn client() -> Result<Client, stripe::Error> {
    // No deadline, and more retries than a program whose users wait.
    let builder = Client::builder().from_env().retries(8);
    match env::var("STRIPE_API_BASE") {
        Ok(url) => builder.base_url(url).build(),
        Err(_) => builder.build(),
    }
}
