use super::{MultipartError, encode_multipart};
use crate::codec::{Encode, FileUpload, Writer, write_record};
use crate::value::Metadata;

struct Upload {
    file: FileUpload,
    purpose: &'static str,
    link: Metadata,
    tags: Vec<&'static str>,
}

impl Encode for Upload {
    fn encode(&self, out: &mut dyn Writer) {
        let fields: [(&str, &dyn Encode); 4] = [
            ("file", &self.file),
            ("purpose", &self.purpose),
            ("link", &self.link),
            ("tags", &self.tags),
        ];
        write_record(out, &fields);
    }
}

fn upload(file: FileUpload) -> Upload {
    Upload {
        file,
        purpose: "logo",
        link: Metadata::new(),
        tags: vec!["a"],
    }
}

#[test]
fn body_has_one_part_per_pair() {
    let file = FileUpload::new("ü.png", &b"\x89PNG\r\n\0"[..]).content_type("image/png");
    let mut value = upload(file);
    value.link = Metadata::from([("a b", "é & =")]);
    let expected: &[&[u8]] = &[
        b"--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\xc3\xbc.png\"\r\n",
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\0\r\n",
        b"--XyZ\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nlogo\r\n",
        b"--XyZ\r\nContent-Disposition: form-data; name=\"link[a b]\"\r\n\r\n\xc3\xa9 & =\r\n",
        b"--XyZ\r\nContent-Disposition: form-data; name=\"tags[0]\"\r\n\r\na\r\n",
        b"--XyZ--\r\n",
    ];
    let body = encode_multipart(&value, "XyZ").unwrap();
    assert_eq!(
        body.escape_ascii().to_string(),
        expected.concat().escape_ascii().to_string()
    );
}

#[test]
fn names_cannot_end_their_quotes_or_headers() {
    let mut value = upload(FileUpload::new("a\"\r\nX-Evil: 1\r\n\r\n.png", &b""[..]));
    value.link = Metadata::from([("k\"; x=\"\r\n", "v")]);
    let body = String::from_utf8(encode_multipart(&value, "b").unwrap()).unwrap();
    assert!(
        body.contains("filename=\"a%22%0D%0AX-Evil: 1%0D%0A%0D%0A.png\""),
        "{body}"
    );
    assert!(body.contains("name=\"link[k%22; x=%22%0D%0A]\""), "{body}");
}

#[test]
fn boundary_in_the_content_is_refused() {
    let value = upload(FileUpload::new("a", &b"...--XyZ--..."[..]));
    assert_eq!(
        encode_multipart(&value, "XyZ"),
        Err(MultipartError::BoundaryInContent)
    );
    let mut value = upload(FileUpload::new("a", &b""[..]));
    value.purpose = "XyZ";
    assert_eq!(
        encode_multipart(&value, "XyZ"),
        Err(MultipartError::BoundaryInContent)
    );
    value.purpose = "";
    value.link = Metadata::from([("XyZ", "")]);
    assert_eq!(
        encode_multipart(&value, "XyZ"),
        Err(MultipartError::BoundaryInContent)
    );
}

#[test]
fn boundary_must_be_a_plain_token() {
    let value = upload(FileUpload::new("a", &b""[..]));
    for boundary in ["", "a b", "a\r\nb", "ä", "a\"b", &"x".repeat(71)] {
        assert_eq!(
            encode_multipart(&value, boundary),
            Err(MultipartError::InvalidBoundary)
        );
    }
    assert!(encode_multipart(&value, &"x".repeat(70)).is_ok());
}

#[test]
fn content_type_must_fit_a_header() {
    for content_type in ["", "image/png\r\nX-Evil: 1", "ä/b"] {
        let value = upload(FileUpload::new("a", &b""[..]).content_type(content_type));
        assert_eq!(
            encode_multipart(&value, "b"),
            Err(MultipartError::InvalidContentType)
        );
    }
}

#[test]
fn debug_of_a_file_hides_its_content() {
    let shown = format!("{:?}", FileUpload::new("a.txt", &b"secret"[..]));
    assert!(
        shown.contains("a.txt") && !shown.contains("secret"),
        "{shown}"
    );
}
