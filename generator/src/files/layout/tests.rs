//! The layout equals that of prettyplease.

use super::format_tokens;

#[track_caller]
fn compare(source: &str) {
    let tokens: proc_macro2::TokenStream = source.parse().unwrap();
    let file = syn::parse2(tokens.clone()).unwrap();
    assert_eq!(
        format_tokens(tokens).unwrap(),
        prettyplease::unparse(&file),
        "{source}"
    );
}

#[test]
fn items_have_the_same_layout() {
    for item in [
        "#![doc = \" A file.\"] use a::b; pub use c::*; use d::{e, f}; use g as h; use i::{self, j}; use k::{l::m, n}; pub use o::{p}; use q::{};",
        "#[doc = \" A \\\"text\\\" with \\\\ and it's.  \"] #[derive(Clone, Debug)] pub struct A;",
        "#[doc = \"/ no comment\"] struct A; #[doc = \"two\\nlines\"] struct B;",
        "pub struct A(pub(crate) String, #[doc = \" x\"] u8); struct B {} enum C {}",
        "pub struct A<'a> { #[doc = \" f\"] pub a: Option<Box<b::C<'a, D>>>, b: &'static [&'static str] }",
        "pub enum A { #[doc = \" v\"] B, C(D<'static, e::F>), G { h: u8 }, I = 1 }",
        "mod a; pub mod b; mod c { struct D; }",
        "a::b!(C[0x0, 0x1] text {} 0 d, 1 e = \"f\"; g = \"h\"); i!(); j!{ k } l![m];",
        "fn a() {} pub async fn b<T>(c: T) -> T where T: Copy { let d = c; d }",
        "type A = B<C>; static D: &str = \"e\"; const F: &[u8] = &[1, 2];",
        "impl<'a> A<'a> {} impl B {} impl C for D { type E = F; const G: u8 = 1; }",
        "trait A { fn b(&self); } union C { d: u8 }",
    ] {
        compare(item);
    }
}

#[test]
fn methods_have_the_same_layout() {
    for method in [
        "pub fn a(mut self, b: impl Into<C>) -> Self { self.b = Some(b.into()); self }",
        "fn a(&self) {}",
        "fn a(&self) -> bool { !self.b && self.c < 1 }",
        "fn a(self) { if self.b { return; } self.c(|d| d + 1) }",
        "fn a() -> Self { Self { b } }",
        "fn a() -> Self { Self { bbbbbbbbbb: None, c: Dddddddd } }",
        "fn a() -> Self { Self { bbbbbbbbbb: None, c: Ddddddddd } }",
        "fn a() -> Self { Self { b: vec![], ..Self::default() } }",
        "fn a(self) -> B { self.0.c::<D<E>>(&[f.as_id(), g], &h)?.i() }",
        "fn a(self) { self.b = c as u64; self.d = <E as F>::G; }",
    ] {
        compare(&format!("impl X {{ {method} }}"));
    }
}

/// Names of every length, so that each line is once just short enough and once just too long.
#[test]
fn lines_are_broken_at_the_same_width() {
    for length in 1..90 {
        let name = "n".repeat(length);
        for item in [
            format!("pub struct A {{ pub {name}: Option<Box<B>> }}"),
            format!("pub enum A {{ B(Payload<'a, {name}>) }}"),
            format!("pub struct A({name}<B>);"),
            format!("impl {name} for B {{ type C = D; }}"),
            format!(
                "impl A {{ pub fn {name}(&self, b: impl AsId<c::D>) -> Call<E> {{ self.f() }} }}"
            ),
            format!("impl A {{ pub fn b(&self, c: {name}<D>) {{ e() }} }}"),
            format!("impl A {{ pub fn b(&self) -> {name}<C> {{ d() }} }}"),
            format!("impl A {{ fn b(mut self) {{ self.{name} = c.d().map(Into::into); self }} }}"),
            format!("impl A {{ fn b() -> Self {{ Self {{ {name}: Some(c), d }} }} }}"),
            format!("impl A {{ fn b() -> C {{ self.{name}(&[], &params) }} }}"),
            format!(
                "impl A {{ const S: &'static T = &T::get(\"{name}\", \"v\").called(\"w\").x(1); }}"
            ),
            format!("impl A {{ const S: &'static T = &T::get(\"u\").called(\"{name}\"); }}"),
            format!("impl A {{ const S: &'static T = &T::get(u::<W>(), {name}(x)); }}"),
            format!("pub const A: EventKind<{name}> = EventKind::new(\"b.c\");"),
            format!("a::b!(C[0x0] {{ \"d\" = \"e\" }} 0 {name}, 1 f, 2 {name}; g = \"h\");"),
            format!("#[deprecated(note = \"{name}\")] struct A;"),
            format!("use {name}::a;"),
            format!("use a::b::{{c, {name}, d}};"),
            format!("use a::b::{{{name}}};"),
        ] {
            compare(&item);
        }
    }
}
