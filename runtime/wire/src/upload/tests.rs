use std::io::Read;
use std::sync::{Arc, Mutex};

use crate::codec::{
    Body, Encode, EncodedParams, FileUpload, UploadError, Writer, encode_multipart, write_record,
};
use crate::multipart::MultipartError;

struct TwoFiles(FileUpload, FileUpload);

impl Encode for TwoFiles {
    fn encode(&self, out: &mut dyn Writer) {
        let purpose = "logo".to_owned();
        let fields: [(&str, &dyn Encode); 3] =
            [("a", &self.0), ("purpose", &purpose), ("b", &self.1)];
        write_record(out, &fields);
    }
}

fn encoded(files: &TwoFiles) -> EncodedParams {
    EncodedParams::encode(Body::Multipart, files, || 7).unwrap()
}

fn in_memory(text: &'static str) -> FileUpload {
    FileUpload::new("f", text)
}

#[test]
fn body_with_sources_is_the_same_as_one_from_memory() {
    let mut plain = encoded(&TwoFiles(in_memory("first"), in_memory("second")));
    assert!(plain.take_upload().is_none());
    let expected = plain.take_body();

    let reader =
        |text: &'static str| FileUpload::from_reader("f", text.len() as u64, text.as_bytes());
    for files in [
        TwoFiles(reader("first"), in_memory("second")),
        TwoFiles(in_memory("first"), reader("second")),
        TwoFiles(reader("first"), reader("second")),
    ] {
        let mut streamed = encoded(&files);
        assert_eq!(streamed.content_type(), encoded(&files).content_type());
        let upload = streamed.take_upload().unwrap();
        assert_eq!(upload.length(), expected.len() as u64);
        assert!(upload.is_repeatable() && !upload.is_in_memory());
        assert_eq!(upload.read_to_bytes().unwrap(), expected);
        assert!(!upload.is_repeatable());
        assert!(matches!(
            upload.check_sources(),
            Err(UploadError::AlreadyRead)
        ));
        assert!(upload.read_to_bytes().is_err());
    }
}

#[test]
fn parameters_that_are_added_follow_the_files() {
    let reader = FileUpload::from_reader("f", 5, &b"first"[..]);
    let mut streamed = encoded(&TwoFiles(reader, in_memory("second")));
    let mut plain = encoded(&TwoFiles(in_memory("first"), in_memory("second")));
    for params in [&mut streamed, &mut plain] {
        params.set("more", &"text".to_owned()).unwrap();
        params.append("expand", "x").unwrap();
    }
    let upload = streamed.take_upload().unwrap();
    assert_eq!(upload.read_to_bytes().unwrap(), plain.take_body());
}

#[test]
fn reader_is_read_up_to_its_length_and_must_have_it() {
    let file = |length| FileUpload::from_reader("f", length, &b"first"[..]);
    let read = |length| {
        let mut params = encoded(&TwoFiles(file(length), in_memory("")));
        let upload = params.take_upload().unwrap();
        upload.read_to_bytes()
    };
    let body = read(3).unwrap();
    assert!(body.windows(7).any(|window| window == b"\r\nfir\r\n"));
    let error = read(9).unwrap_err();
    let error: &UploadError = error.get_ref().unwrap().downcast_ref().unwrap();
    assert!(
        matches!(error, UploadError::TooShort { missing: 4 }),
        "{error}"
    );
    assert!(
        read(u64::MAX / 4).is_err(),
        "the length is not allocated in advance"
    );
}

#[test]
fn file_that_grows_while_it_is_read_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "first").unwrap();
    let upload = FileUpload::from_path(file.path()).unwrap();
    let mut params = encoded(&TwoFiles(upload, in_memory("")));
    let mut reader = params.take_upload().unwrap().open();
    let mut buffer = [0; 4];
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\nfi") {
        reader.read_exact(&mut buffer[..1]).unwrap();
        head.push(buffer[0]);
    }
    std::fs::write(file.path(), "first and more").unwrap();
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    let error: &UploadError = error.get_ref().unwrap().downcast_ref().unwrap();
    assert!(matches!(error, UploadError::Changed { .. }), "{error}");
}

#[test]
fn folder_is_no_file() {
    let folder = std::env::temp_dir();
    assert!(matches!(
        FileUpload::from_path(folder),
        Err(UploadError::Io { .. })
    ));
}

#[test]
fn progress_does_not_go_back_when_a_body_is_read_again() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&calls);
    let file =
        in_memory("first").on_progress(move |sent, total| log.lock().unwrap().push((sent, total)));
    let upload = encoded(&TwoFiles(file, in_memory("")))
        .take_upload()
        .unwrap();
    assert!(upload.is_in_memory());
    upload.read_to_bytes().unwrap();
    upload.read_to_bytes().unwrap();
    assert_eq!(*calls.lock().unwrap(), [(5, 5)]);
}

#[test]
fn file_that_is_not_in_memory_is_no_text() {
    let file = FileUpload::from_reader("f", 5, &b"first"[..]);
    let files = TwoFiles(file, in_memory(""));
    assert_eq!(
        encode_multipart(&files, "XyZ"),
        Err(MultipartError::NotInMemory)
    );
}

#[test]
fn equal_files_have_equal_sources() {
    let reader = FileUpload::from_reader("f", 5, &b"first"[..]);
    assert_eq!(reader, reader.clone());
    assert_ne!(reader, FileUpload::from_reader("f", 5, &b"first"[..]));
    assert_eq!(in_memory("a"), in_memory("a"));
    assert_ne!(in_memory("a"), in_memory("b"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let of_path = || FileUpload::from_path(file.path()).unwrap();
    assert_eq!(of_path(), of_path());
    assert_ne!(of_path(), of_path().file_name("other"));
}
