//! The actors: agents, supervisors, administrators, programs with an API key, and the product itself.

use super::values::{Choice, Named, actor};
use crate::domain::event::{Actor, ActorType};

/// The number of agents at the beginning. The others are hired later, in the order of [`AGENTS`].
pub(super) const FIRST_AGENTS: usize = 46;

#[rustfmt::skip]
pub(super) const AGENTS: [&str; 56] = [
    "Ana Horvat", "Luka Marić", "Petra Božić", "Žarko Đurić", "Mislav Šimić", "Łukasz Żółkiewski",
    "Zofia Dąbrowska", "Jiří Dvořák", "Šárka Němcová", "Gergő Szűcs", "Ágnes Kőrösi", "Mălina Ștefănescu",
    "José Ñáñez", "Inés Peñalver Gómez", "João Conceição", "Renata Magalhães", "Chloé Lefèvre", "François Béranger",
    "Jürgen Weiß", "Annika Größler", "Søren Kjærgård", "Astrid Ødegård", "Björn Åkesson", "Þóra Guðmundsdóttir",
    "Siobhán O’Brien", "Ciarán Ó Súilleabháin", "Emma Thompson", "Oliver Smith-Jones", "Priya Ramanathan", "Arjun Mehta",
    "Nguyễn Thị Hồng", "Trần Văn Đức", "李娜", "王小明", "山田 花子", "김민준",
    "Ελένη Παπαδοπούλου", "Олена Шевченко", "Дмитрий Ковалёв", "نور الهاشمي", "يوسف بن علي", "דנה לוי",
    "Chukwuemeka Okafor", "Aïssatou Diallo", "Thandiwe Nkosi", "Kwame Mensah", "İbrahim Yıldız", "Gülşen Çağlar",
    "Mia", "Noah van der Berg", "Lerato Mokoena", "Matěj Říha", "Zoë D’Angelo", "Paulo César da Conceição Albuquerque e Silva",
    "सुनीता शर्मा", "Ivo Ilić",
];

/// New names of agents, by index. They change their names during the history.
pub(super) const NEW_NAMES: [(usize, &str); 2] = [(26, "Emma Thompson-Okafor"), (2, "Petra Božić Kovač")];

/// Supervisors handle conversations.
const SUPERVISORS: [Choice; 5] = [
    ("u-2001", "Marija Kovačević"),
    ("u-2002", "David Osei"),
    ("u-2003", "Beatriz Guimarães"),
    ("u-2004", "Hélène Dupré"),
    ("u-2005", "عمر الفاروق"),
];

/// Administrators change the settings.
const ADMINISTRATORS: [Choice; 4] =
    [("u-3001", "Tomislav Perić"), ("u-3002", "Ingrid Sæther"), ("u-3003", "Rahul Deshpande"), ("u-3004", "Zuzana Kučerová")];

/// Programs that call the API. The last one has no name.
pub(super) const CHATBOT: Choice = ("api-chatbot", "Answers chatbot 🤖");
pub(super) const CUSTOMER_DATABASE: Choice = ("api-crm", "CRM sync");
pub(super) const WEB_FORM: Choice = ("api-web-form", "Website contact form");
pub(super) const ASSISTANT: Choice = ("api-assistant", "AI assistant (topics & summaries)");
pub(super) const SURVEY: Choice = ("api-survey", "Survey “How did we do?”");
pub(super) const RETENTION: Choice = ("api-retention", "Privacy desk");
pub(super) const PLANNER: Choice = ("api-planner", "Workforce planner");
pub(super) const DIRECTORY: Choice = ("api-directory", "Directory sync (SCIM)");
pub(super) const NAMELESS: Choice = ("api-key-9f31c2", "");

/// Parts of the product, and the product as a whole, which has no identifier.
pub(super) const PRODUCT: Choice = ("", "");
pub(super) const ROUTING: Choice = ("routing", "Routing");
pub(super) const CHANNELS: Choice = ("channels", "Channels");
pub(super) const SLA_MONITOR: Choice = ("sla-monitor", "SLA monitor");
pub(super) const LIFECYCLE: Choice = ("lifecycle", "Conversation lifecycle");

/// The kind of actor of a step.
#[derive(Clone, Copy)]
pub(super) enum Hand {
    /// The assignee of the conversation.
    Agent,
    /// A random supervisor.
    Supervisor,
    /// A random administrator.
    Administrator,
    /// A program.
    Program(Choice),
    /// A part of the product.
    System(Choice),
}

impl Hand {
    /// Whether this is a person, who works only during opening hours.
    pub(super) fn is_person(self) -> bool {
        matches!(self, Self::Agent | Self::Supervisor | Self::Administrator)
    }
}

pub(super) fn program((id, name): Choice) -> Actor {
    actor(ActorType::ApiUser, id, name)
}

pub(super) fn system((id, name): Choice) -> Actor {
    actor(ActorType::System, id, name)
}

impl super::World {
    /// Chooses an actor of this kind. An unassigned conversation has no agent, so a supervisor acts instead.
    pub(super) fn actor(&mut self, hand: Hand, assignee: Option<usize>) -> Actor {
        let person = |(id, name): Choice| actor(ActorType::User, id, name);
        match (hand, assignee) {
            (Hand::Agent, Some(agent)) => self.settings.agents[agent].named.user(),
            (Hand::Agent | Hand::Supervisor, _) => person(self.chance.row(&SUPERVISORS)),
            (Hand::Administrator, _) => person(self.chance.row(&ADMINISTRATORS)),
            (Hand::Program(choice), _) => program(choice),
            (Hand::System(choice), _) => system(choice),
        }
    }
}

/// The customer with this number.
pub(super) fn customer(number: usize) -> Named {
    let first = CUSTOMER_FIRST_NAMES[number % CUSTOMER_FIRST_NAMES.len()];
    let last = CUSTOMER_LAST_NAMES[number / CUSTOMER_FIRST_NAMES.len() % CUSTOMER_LAST_NAMES.len()];
    Named { id: format!("p-{}", 40_000 + number), name: format!("{first} {last}") }
}

pub(super) const CUSTOMERS: usize = CUSTOMER_FIRST_NAMES.len() * CUSTOMER_LAST_NAMES.len();

#[rustfmt::skip]
const CUSTOMER_FIRST_NAMES: [&str; 31] = [
    "Amélie", "Ben", "Carmen", "Dražen", "Elif", "Fatima", "Grzegorz", "Hana", "Ísak", "Jana", "Kofi", "Lucía", "Maëlle",
    "Nikos", "Øyvind", "Paweł", "Quentin", "Rosa", "Søren", "Thảo", "Uğur", "Vesna", "William", "Ximena", "Yara", "Zdeněk",
    "Mei", "Anders", "Olga", "Róisín", "Tariq",
];

#[rustfmt::skip]
const CUSTOMER_LAST_NAMES: [&str; 29] = [
    "Almeida", "Bianchi", "Castaño", "Đorđević", "Eriksson", "Fischer", "García", "Hašek", "Ibrahim", "Jankowski", "Kaya",
    "Lindqvist", "Müller", "Novák", "O’Connor", "Petrović", "Quiñones", "Rossi", "Sørensen", "Tóth", "Ünal", "Vuković",
    "Whitaker", "Xu", "Yılmaz", "Zieliński", "Nakamura", "St. John", "de Vries",
];
