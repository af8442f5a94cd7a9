use super::{NameCase, NameScope};
use crate::name::Words;

fn claim(scope: &mut NameScope, wire: &str) -> String {
    scope.claim_name(&Words::from_wire(wire)).to_string()
}

#[test]
fn claim_numbers_names_that_differ_in_separators_or_case_only() {
    let mut scope = NameScope::new(NameCase::Pascal);
    assert_eq!(claim(&mut scope, "tax_id"), "TaxId");
    assert_eq!(claim(&mut scope, "taxid"), "Taxid2");
    assert_eq!(claim(&mut scope, "TAX-ID"), "TaxId3");
}

#[test]
fn claim_avoids_keywords_in_either_case() {
    let mut fields = NameScope::new(NameCase::Snake);
    assert_eq!(claim(&mut fields, "type"), "type_");
    assert_eq!(claim(&mut fields, "in"), "in_");
    let mut variants = NameScope::new(NameCase::Pascal);
    assert_eq!(claim(&mut variants, "self"), "Self_");
}

#[test]
fn claim_respects_reserved_names() {
    let mut scope = NameScope::new(NameCase::Pascal).with_reserved(&["Unknown"]);
    assert_eq!(claim(&mut scope, "unknown"), "Unknown2");
}

#[test]
fn claim_names_what_has_no_letters() {
    let mut scope = NameScope::new(NameCase::Pascal);
    assert_eq!(claim(&mut scope, "+"), "Value");
    assert_eq!(claim(&mut scope, "-"), "Value2");
}

#[test]
fn claim_locked_keeps_names_that_could_not_be_derived() {
    let mut scope = NameScope::new(NameCase::Pascal);
    assert_eq!(scope.claim_locked("P24Bank").unwrap().as_str(), "P24Bank");
    assert_eq!(scope.claim_locked("P24bank"), None, "taken");
    assert_eq!(scope.claim_locked("p24"), None, "no type name");
    assert_eq!(claim(&mut scope, "p24_bank"), "P24Bank2");
}
