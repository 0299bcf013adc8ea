//! `stats` and `inline stats`.

use super::{Lowering, ecs, pattern};
use crate::lang::esql::aggregate::{self, Shape};
use crate::lang::esql::functions::{self, Kind};
use crate::lang::esql::tree::{Expr as Tree, Measure, Node, Stats};
use crate::lang::ir::table::{
    Aggregate, Argument, Command as Step, Function, Group, Order, Sort, SortKey,
};
use crate::lang::ir::{Case, Comparison, Expr, Number};
use crate::lang::{Diagnostic, Span};

/// What the columns of one `stats` need.
#[derive(Default)]
struct Found {
    aggregates: Vec<Aggregate>,
    /// What `first` and `last` go by.
    sorted_by: Option<Expr>,
}

/// A column of the result.
struct Computed {
    name: String,
    /// Computed from the aggregates; `None` when it is one itself.
    value: Option<Expr>,
    kind: Kind,
}

impl Lowering {
    pub(super) fn stats(&mut self, stats: &Stats) {
        let mut by: Vec<(String, Kind)> = Vec::new();
        for column in &stats.by {
            let name = column.column().to_owned();
            let (value, kind) = self.value(&column.value);
            if value != Expr::Field(ecs(&name)) {
                self.put(&name, value, kind);
            }
            by.push((name, kind));
        }
        let mut found = Found::default();
        let mut results: Vec<Computed> = Vec::new();
        for measure in &stats.measures {
            let result = self.measure(measure, &mut found);
            // Of two columns of one name the last stays.
            results.retain(|known| known.name != result.name);
            results.push(result);
        }
        if let Some(key) = found.sorted_by.take() {
            self.steps.push(Step::Sort(Sort {
                keys: vec![SortKey {
                    value: key,
                    descending: false,
                    nulls_first: false,
                    order: Order::Automatic,
                }],
                limit: None,
            }));
        }
        let group = Group {
            by: by.iter().map(|(name, _)| name.as_str().into()).collect(),
            aggregates: found.aggregates,
        };
        self.table = true;
        if stats.inline {
            self.steps.push(Step::Annotate(group));
        } else {
            self.steps.push(Step::Group(group));
            self.grouped = true;
            self.set.clear();
            self.columns = Some(Vec::new());
        }
        for (name, kind) in by {
            self.column(name, kind);
        }
        for result in results {
            match result.value {
                Some(value) => self.put(&result.name, value, result.kind),
                None => self.column(result.name, result.kind),
            }
        }
        self.steps.push(Step::Drop(vec![pattern("__*")]));
    }

    /// A column that there is now.
    fn column(&mut self, name: String, kind: Kind) {
        if let Some(columns) = &mut self.columns
            && !columns.contains(&name)
        {
            columns.push(name.clone());
        }
        self.set.insert(name, kind);
    }

    fn measure(&mut self, measure: &Measure, found: &mut Found) -> Computed {
        let name = measure.column.column().to_owned();
        let filter = measure.filter.as_ref().map(|filter| self.single(filter).0);
        let value = &measure.column.value;
        let before = found.aggregates.len();
        let (value, kind) = self.over(value, filter.as_ref(), found);
        // A lone aggregate is the column itself.
        let own = match (&value, &mut found.aggregates[before..]) {
            (Expr::Field(field), [aggregate]) if *field.name.name() == *aggregate.name => {
                aggregate.name = name.as_str().into();
                true
            }
            _ => false,
        };
        if before + 1 == found.aggregates.len() && own {
            // An earlier column of this name is computed no more.
            let last = found.aggregates.len() - 1;
            let mut at = 0;
            found.aggregates.retain(|aggregate| {
                at += 1;
                at > last || *aggregate.name != *name
            });
        }
        Computed {
            name,
            value: (!own).then_some(value),
            kind,
        }
    }

    /// An expression over aggregates: each becomes a hidden column.
    fn over(&mut self, tree: &Tree, filter: Option<&Expr>, found: &mut Found) -> (Expr, Kind) {
        let Node::Call { name, arguments } = &tree.node else {
            return self.over_parts(tree, filter, found);
        };
        let Some(shape) = aggregate::find(name) else {
            return self.over_parts(tree, filter, found);
        };
        if !shape.arguments.contains(&arguments.len()) {
            self.error(Diagnostic::error(
                "E522",
                format!("`{name}` takes other arguments"),
                tree.span.clone(),
                "in this call",
            ));
            return (Expr::Null, Kind::Null);
        }
        self.aggregate(shape, arguments, filter, found)
    }

    fn aggregate(
        &mut self,
        shape: &Shape,
        arguments: &[Tree],
        filter: Option<&Expr>,
        found: &mut Found,
    ) -> (Expr, Kind) {
        let all = arguments
            .first()
            .is_none_or(|argument| argument.node == Node::Star);
        let (argument, kind) = match (all, filter) {
            (true, None) => (Argument::Rows, Kind::Number),
            (true, Some(_)) => (
                Argument::Value(guarded(Expr::Bool(true), filter)),
                Kind::Number,
            ),
            (false, _) => {
                let (value, kind) = self.value(&arguments[0]);
                (Argument::Value(guarded(value, filter)), kind)
            }
        };
        let mut function = shape.function;
        match (shape.name, arguments.get(1)) {
            ("percentile", Some(rank)) => match &rank.node {
                Node::Number(rank) => function = Function::Percentile(rank.as_f64()),
                _ => self.refuse_argument("the percentage is a number", &rank.span),
            },
            ("first" | "last", Some(key)) => {
                let (key_value, _) = self.single(key);
                match &found.sorted_by {
                    Some(known) if *known != key_value => {
                        self.not_run("first and last by several columns", &key.span);
                    }
                    _ => found.sorted_by = Some(key_value),
                }
            }
            _ => {}
        }
        let hidden = self.hide();
        found.aggregates.push(Aggregate {
            function,
            argument,
            name: hidden.as_str().into(),
        });
        let kind = shape.gives.unwrap_or(kind);
        let column = Expr::Field(ecs(&hidden));
        self.shaped(shape, column, kind, arguments)
    }

    /// What is still to be done with an aggregate's column.
    fn shaped(
        &mut self,
        shape: &Shape,
        column: Expr,
        kind: Kind,
        arguments: &[Tree],
    ) -> (Expr, Kind) {
        let call = |name: &str, parts: Vec<Expr>| match functions::find(name) {
            Some(known) => Expr::Call(&known.function, parts),
            None => Expr::Null,
        };
        match shape.name {
            // A mean is a float even where it is whole, and so divides as one.
            "avg" | "median" | "percentile" | "std_dev" | "variance" => {
                (call("to_double", vec![column]), kind)
            }
            "top" => {
                let (Some(most), order) = (arguments.get(1), arguments.get(2)) else {
                    return (column, kind);
                };
                let Node::Number(Number::Int(most_rows)) = most.node else {
                    self.refuse_argument("the number of values is a whole number", &most.span);
                    return (column, kind);
                };
                let order = match order.map(|order| &order.node) {
                    Some(Node::Text(order)) => order.as_str(),
                    _ => "desc",
                };
                let sorted = call("mv_sort", vec![column, Expr::Text(order.into())]);
                let last = Expr::Number(Number::Int(most_rows - 1));
                let first = Expr::Number(Number::Int(0));
                (call("mv_slice", vec![sorted, first, last]), kind)
            }
            "present" | "absent" => {
                let op = if shape.name == "present" {
                    Comparison::Greater
                } else {
                    Comparison::Equal
                };
                let none = Box::new(Expr::Number(Number::Int(0)));
                let case = Case::Sensitive;
                (Expr::Compare(op, case, Box::new(column), none), Kind::Bool)
            }
            _ => (column, kind),
        }
    }

    fn refuse_argument(&mut self, message: &str, span: &Span) {
        self.error(Diagnostic::error("E525", message, span.clone(), "here"));
    }

    /// Everything but aggregates: its parts are looked at, and the aggregates in them put aside.
    fn over_parts(
        &mut self,
        tree: &Tree,
        filter: Option<&Expr>,
        found: &mut Found,
    ) -> (Expr, Kind) {
        let mut copy = tree.clone();
        let mut hidden = Vec::new();
        self.put_aside(&mut copy, filter, found, &mut hidden);
        let value = self.value(&copy);
        for (name, _) in &hidden {
            self.set.remove(name);
        }
        let substituted = hidden.into_iter().fold(value.0, |mut value, (name, expr)| {
            value.change(&mut |part| {
                if *part == Expr::Field(ecs(&name)) {
                    *part = expr.clone();
                }
            });
            value
        });
        (substituted, value.1)
    }

    /// Replaces each aggregate in a tree by a column that stands for it.
    fn put_aside(
        &mut self,
        tree: &mut Tree,
        filter: Option<&Expr>,
        found: &mut Found,
        hidden: &mut Vec<(String, Expr)>,
    ) {
        if let Node::Call { name, .. } = &tree.node
            && aggregate::find(name).is_some()
        {
            let (value, kind) = self.over(tree, filter, found);
            let name = self.hide();
            self.column(name.clone(), kind);
            hidden.push((name.clone(), value));
            tree.node = Node::Field(name);
            return;
        }
        let mut each = |part: &mut Tree| self.put_aside(part, filter, found, hidden);
        match &mut tree.node {
            Node::Call { arguments, .. } => arguments.iter_mut().for_each(each),
            Node::And(parts) | Node::Or(parts) | Node::List(parts) => {
                parts.iter_mut().for_each(each);
            }
            Node::Compare(_, left, right) | Node::Arithmetic(_, left, right) => {
                each(left);
                each(right);
            }
            Node::Cast(inner, _) | Node::Negative(inner) | Node::Not(inner) => each(inner),
            Node::Like { value, .. } | Node::IsNull { value, .. } => each(value),
            Node::In { value, list, .. } => {
                each(value);
                list.iter_mut().for_each(each);
            }
            _ => {}
        }
    }
}

/// The value where the filter holds, else null.
fn guarded(value: Expr, filter: Option<&Expr>) -> Expr {
    match (filter, functions::find("case")) {
        (Some(filter), Some(case)) => Expr::Call(&case.function, vec![filter.clone(), value]),
        _ => value,
    }
}
