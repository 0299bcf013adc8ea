//! `all`: every value must fit, not just one of them.

use super::Modifier;

pub static ALL: Modifier = Modifier {
    name: "all",
    apply: |item, _| {
        item.all = true;
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::super::super::item::Form;
    use super::super::testing::apply_to;

    #[test]
    fn values_are_joined_by_and() {
        let item = apply_to(vec![Form::text("a"), Form::text("b")], "contains|all").unwrap();
        assert!(item.all && item.values.len() == 2);
    }
}
