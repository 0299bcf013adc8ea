//! `cased`: letters must agree in case.

use super::Modifier;
use crate::lang::ir::Case;

pub static CASED: Modifier = Modifier {
    name: "cased",
    apply: |item, _| {
        item.case = Case::Sensitive;
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::super::super::item::Form;
    use super::super::testing::apply_to;
    use crate::lang::ir::Case;

    #[test]
    fn case_counts() {
        let item = apply_to(vec![Form::text("Ab")], "cased|contains").unwrap();
        assert_eq!(item.case, Case::Sensitive);
    }
}
