//! How much memory a file of 512 MiB takes, measured as the peak of a process of its own.

use std::process::Command;

use runtime::codec::FileUpload;

use crate::api::{client, contents, create};
use crate::server::{Notes, Server};

const LENGTH: u64 = 512 << 20;

/// What the peak may be above that of the same process with a small file.
const MAX_GROWTH_KIB: u64 = 8 << 10;

const URL: &str = "FILES_TEST_URL";
const FILE_LENGTH: &str = "FILES_TEST_LENGTH";

/// The highest amount of memory that this process has had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// Runs one of the tests below in a process of its own, and returns its peak.
fn peak_of_child(test: &str, url: &str, length: u64) -> u64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(URL, url)
        .env(FILE_LENGTH, length.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{text}");
    let peak = text.lines().find_map(|line| line.strip_prefix("peak "));
    peak.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

fn assert_bounded(test: &str, server: &Server) {
    let small = peak_of_child(test, &server.url, 64 << 10);
    let large = peak_of_child(test, &server.url, LENGTH);
    println!("{test}: {small} KiB for 64 KiB, {large} KiB for 512 MiB");
    assert!(
        large <= small + MAX_GROWTH_KIB,
        "{small} KiB, and {large} KiB"
    );
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn download_of_512_mib_takes_little_memory() {
    let server = Server::start(|exchange| {
        let length = exchange.header("x-length").unwrap().parse::<u64>().unwrap();
        exchange.write_head(200, length, "text/csv");
        let block = vec![7; 64 << 10];
        for _ in 0..length / block.len() as u64 {
            if !exchange.write(&block) {
                return;
            }
        }
    });
    assert_bounded("memory::child_downloads", &server);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn upload_of_512_mib_takes_little_memory() {
    let lengths = Notes::new();
    let log = lengths.clone();
    let server = Server::start(move |exchange| {
        log.add(exchange.discard_body());
        exchange.respond(200, "{}");
    });
    assert_bounded("memory::child_uploads", &server);
    assert!(lengths.take()[1] > LENGTH);
}

#[tokio::test]
#[ignore = "a process that another test runs"]
async fn child_downloads() {
    let Ok(url) = std::env::var(URL) else { return };
    let length = std::env::var(FILE_LENGTH).unwrap();
    let client = client(&url);
    let call = contents(&client).header("x-length", &length);
    let mut download = call.stream().await.unwrap();
    let mut received = 0;
    while let Some(chunk) = download.chunk().await.unwrap() {
        received += chunk.len() as u64;
    }
    assert_eq!(received.to_string(), length);
    println!("\npeak {}", peak_kib());
}

#[tokio::test]
#[ignore = "a process that another test runs"]
async fn child_uploads() {
    let Ok(url) = std::env::var(URL) else { return };
    let length = std::env::var(FILE_LENGTH).unwrap().parse().unwrap();
    // A sparse file, which takes no space on the disk.
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(length).unwrap();
    let upload = FileUpload::from_path(file.path()).unwrap();
    create(&client(&url), upload).await.unwrap();
    println!("\npeak {}", peak_kib());
}
