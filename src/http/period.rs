//! Reads the period of the filters: `dateFrom`, `dateTo`, and `timeZone`, which applies to both.

use std::str::FromStr;

use super::{parameters::Parameters, query::Parsed};
use crate::domain::{
    fault::{Fault, quoted},
    filter::Period,
    moment::Moment,
    time_zone::TimeZone,
    timestamp::Timestamp,
};

/// A date of a query, in which a plus that is not encoded is a space.
struct Date(Moment);

impl FromStr for Date {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse().map(Self).map_err(|fault| match text.replace(' ', "+").parse::<Moment>() {
            Ok(_) => Fault::new(format!("{} has a space where the offset begins; in a URL, write + as %2B", quoted(text))),
            Err(_) => fault,
        })
    }
}

impl Parsed for Period {
    /// Refuses an empty period.
    fn parse(parameters: &mut Parameters) -> Self {
        let dates = ["dateFrom", "dateTo"].map(|name| parameters.one(name).map(|Date(moment)| moment));
        // An invalid zone is one fault, not another one for each local date.
        let has_zone = parameters.is_given("timeZone");
        let time_zone = parameters.one("timeZone").unwrap_or_default();
        let mut instant = |name, moment: Option<Moment>, of: fn(Moment, TimeZone) -> Result<Timestamp, Fault>| {
            let moment = moment?;
            let instant = match moment.local() {
                Some(local) if !has_zone => Err(Fault::new(format!(
                    "{} has no offset, such as Z or +02:00; add one, or add timeZone, such as timeZone=Europe/Zagreb",
                    quoted(&local)
                ))),
                _ => of(moment, time_zone),
            };
            instant.map_err(|fault| parameters.refuse(name, fault)).ok()
        };
        let date_from = instant("dateFrom", dates[0], Moment::begins);
        let date_to = instant("dateTo", dates[1], Moment::ends);
        if let (Some(from), Some(to)) = (date_from, date_to)
            && from >= to
        {
            let shown = |date: Option<Moment>, instant: Timestamp| match date.and_then(Moment::local) {
                Some(local) => format!("{local} ({instant})"),
                None => instant.to_string(),
            };
            let message = format!("{} is not before dateTo, which is {}", shown(dates[0], from), shown(dates[1], to));
            parameters.refuse("dateFrom", Fault::new(message));
        }
        Self { time_zone, date_from, date_to }
    }
}
