//! One column compared with what a filter names, in the words of both databases.
//!
//! What no key of the index takes is hidden from the planners (`IS TRUE`), so that they go by the index that was chosen. Only
//! PostgreSQL is shown the columns behind the sequence where they are compared with one value: it does that in the index
//! itself, also of a table that was not yet vacuumed. A list it would take for a reason to sort.

use diesel::{
    QueryResult,
    query_builder::AstPass,
    sql_types::{SmallInt, Text},
};

use super::{
    connection::{Backend, Db},
    criteria::{Column, Condition, Criteria, Values},
    index::Index,
};

/// What differs between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A log's table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    /// The column of [`Column::Item`].
    pub item: &'static str,
}

/// A column and what it is compared with.
#[derive(Debug, Clone)]
pub struct Comparison {
    column: &'static str,
    pub operand: Operand,
    hidden: bool,
    /// The index has the column, behind its sequence, and it is compared with a list.
    pub is_list_in_index: bool,
}

/// One value, or a JSON array of values.
#[derive(Debug, Clone)]
pub enum Operand {
    Number(i16),
    Text(String),
    Numbers(String),
    Texts(String),
}

impl Dialect {
    pub fn of(db: &Db) -> Self {
        match db {
            Db::Sqlite(_) => Self::Sqlite,
            Db::Postgres(_) => Self::Postgres,
        }
    }

    /// The elements of a JSON array as a table of that name with the column `value`.
    pub fn push_elements<'b>(self, json: &'b String, name: &str, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match self {
            Self::Sqlite => {
                out.push_sql("json_each(");
                out.push_bind_param::<Text, _>(json)?;
                out.push_sql(&format!(") AS {name}"));
            }
            Self::Postgres => {
                out.push_sql("json_array_elements_text(CAST(");
                out.push_bind_param::<Text, _>(json)?;
                out.push_sql(&format!(" AS json)) AS {name}(value)"));
            }
        }
        Ok(())
    }
}

impl Comparison {
    /// With a key of an index: all values, where the filter names none.
    pub fn of_key(table: Table, column: Column, criteria: &Criteria<'_>) -> Self {
        let operand = Operand::of(&criteria.key(column));
        Self { column: table.column(column), operand, hidden: false, is_list_in_index: false }
    }

    /// With a column that is no key of the index.
    pub fn of_other(dialect: Dialect, table: Table, Condition { column, values }: &Condition<'_>, index: Index) -> Self {
        let (is_behind, operand) = (index.behind().contains(column), Operand::of(values));
        let hidden = dialect == Dialect::Sqlite || !is_behind || operand.is_list();
        Self { column: table.column(*column), hidden, is_list_in_index: is_behind && operand.is_list(), operand }
    }

    /// As the key of an arm, whose lists stand in the column `element` of another table.
    ///
    /// SQLite is told that few have it: otherwise it thinks that a period has fewer, and looks through that.
    pub fn push_key<'b>(&'b self, dialect: Dialect, element: &str, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(if dialect == Dialect::Sqlite { "likelihood(" } else { "" });
        self.push_equal(element, out.reborrow())?;
        out.push_sql(if dialect == Dialect::Sqlite { ", 0.0001)" } else { "" });
        Ok(())
    }

    fn push_equal<'b>(&'b self, element: &str, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.column);
        out.push_sql(" = ");
        match &self.operand {
            Operand::Number(number) => out.push_bind_param::<SmallInt, _>(number)?,
            Operand::Text(text) => out.push_bind_param::<Text, _>(text)?,
            Operand::Numbers(_) => out.push_sql(&format!("CAST({element} AS smallint)")),
            Operand::Texts(_) => out.push_sql(element),
        }
        Ok(())
    }

    /// As a condition on every entry.
    pub fn push<'b>(&'b self, dialect: Dialect, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(if self.hidden { "(" } else { "" });
        match &self.operand {
            Operand::Number(_) | Operand::Text(_) => self.push_equal("", out.reborrow())?,
            Operand::Numbers(json) | Operand::Texts(json) => {
                out.push_sql(self.column);
                let is_number = matches!(self.operand, Operand::Numbers(_));
                out.push_sql(if is_number { " IN (SELECT CAST(value AS smallint) FROM " } else { " IN (SELECT value FROM " });
                dialect.push_elements(json, "listed", out.reborrow())?;
                out.push_sql(")");
            }
        }
        out.push_sql(if self.hidden { ") IS TRUE" } else { "" });
        Ok(())
    }
}

impl Operand {
    fn of(values: &Values<'_>) -> Self {
        match values {
            Values::Numbers(numbers) => match numbers.first() {
                Some(number) if numbers.len() == 1 => Self::Number(*number),
                _ => Self::Numbers(serde_json::json!(numbers).to_string()),
            },
            Values::Texts(texts) => match texts.first() {
                Some(text) if texts.len() == 1 => Self::Text((*text).to_owned()),
                _ => Self::Texts(serde_json::json!(texts).to_string()),
            },
        }
    }

    pub fn is_list(&self) -> bool {
        matches!(self, Self::Numbers(_) | Self::Texts(_))
    }
}

impl Table {
    fn column(self, column: Column) -> &'static str {
        match column {
            Column::Event => "event_type",
            Column::ActorType => "done_by_type",
            Column::Actor => "done_by_id",
            Column::FromKey => "from_key",
            Column::ToKey => "to_key",
            Column::Operation => "operation_id",
            Column::Item => self.item,
            Column::From => "from_value",
            Column::To => "to_value",
        }
    }
}
