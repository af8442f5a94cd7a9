//! Reads names.

use super::super::sections::NamingText;
use crate::diag::SpecPath;

impl super::DialectReader<'_> {
    /// Reads `[naming]`.
    pub(super) fn read_naming(&mut self, text: NamingText, at: &SpecPath) {
        let mut namespaces = Vec::new();
        for (version, literals) in text.namespaces {
            let at = at.child("namespaces").child(&version);
            for (i, literal) in literals.into_iter().enumerate() {
                let fact = (version.clone(), literal.clone());
                namespaces.push(self.add_entry(at.item(i), literal, fact));
            }
        }
        let hidden = self.add_texts(&at.child("hidden_prefixes"), text.hidden_prefixes);
        let services = self.add_pairs(&at.child("services"), text.services);
        let methods = self.add_pairs(&at.child("methods"), text.methods);
        let verbs = self.add_texts(&at.child("suffixed_verbs"), text.suffixed_verbs);
        let markers = self.add_texts(&at.child("component_markers"), text.component_markers);
        let types = self.add_pairs(&at.child("types"), text.types);
        let mut shapes = Vec::new();
        for (text, name) in text.shapes {
            let at = at.child("shapes").child(&text);
            if let Some(address) = self.parse_address(&at, &text) {
                shapes.push(self.add_entry(at, text, (address, name)));
            }
        }
        let naming = &mut self.dialect.naming;
        naming.by_path |= text.by_path;
        naming.namespaces.extend(namespaces);
        naming.hidden_prefixes.extend(hidden);
        naming.services.extend(services);
        naming.methods.extend(methods);
        naming.suffixed_verbs.extend(verbs);
        naming.component_markers.extend(markers);
        naming.types.extend(types);
        naming.shapes.extend(shapes);
    }
}
