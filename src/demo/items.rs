//! Tables of queues, tags, routes and senders, and the values of their settings.

use super::values::Choice;

/// The names of an item: the first one, then those that it can be renamed to.
pub(super) type Names = &'static [&'static str];

/// The channels that have capacities, with the words that the codes of event types use.
pub(super) const CHANNELS: [Choice; 4] =
    [("LIVE_MESSAGING", "Live messaging"), ("LIVE_CHAT", "Live chat"), ("VOICE", "Voice"), ("EMAIL", "Email")];

/// Permanent queues. The first one takes all conversations that no other queue takes.
pub(super) const PERMANENT_QUEUES: [Names; 11] = [
    &["General enquiries", "Front desk"],
    &["Billing", "Billing & invoices", "Invoices and payments"],
    &["Technical support", "Technical support – first line"],
    &["Sales", "Sales and offers"],
    &["Escalations", "Escalations 🚨"],
    &["Returns & refunds", "Returns, refunds, exchanges"],
    &["Réclamations", "Réclamations (FR)"],
    &["Kundendienst Österreich", "Kundendienst AT/CH"],
    &["الدعم العربي", "دعم العملاء"],
    &["VIP 💎", "VIP 💎 Gold & Platinum"],
    &["Logistics", "Delivery / Logistics"],
];

/// The index of the queue for escalations.
pub(super) const ESCALATIONS: usize = 4;

pub(super) const TEMPORARY_QUEUES: [Names; 6] = [
    &["Spring sale", "Spring sale (extended)"],
    &["Outage hotline", "Outage hotline – closing soon"],
    &["Loyalty programme launch", "Loyalty programme"],
    &["Product recall K-220", "Recall K-220/K-221"],
    &["Ljetna akcija ☀️", "Ljetna akcija ☀️ (kraj)"],
    &["Pilot: video consulting", "Video consulting (pilot)"],
];

pub(super) const PERMANENT_TAGS: [Names; 24] = [
    &["complaint", "complaint (formal)"],
    &["refund", "refund-request"],
    &["invoice", "invoice question"],
    &["delivery delay", "late delivery"],
    &["damaged goods", "damaged on arrival"],
    &["warranty", "warranty claim"],
    &["password reset", "login trouble"],
    &["VIP 💎", "VIP 💎💎"],
    &["churn risk", "churn risk ⚠️"],
    &["upsell", "+upsell"],
    &["bug", "bug report"],
    &["feature request", "wish"],
    &["GDPR", "GDPR / privacy"],
    &["legal", "legal hold"],
    &["Rückruf", "Rückruf erbeten"],
    &["à rappeler", "à rappeler (urgent)"],
    &["reclamación", "reclamación oficial"],
    &["povrat novca", "povrat novca – hitno"],
    &["שאלה", "שאלה דחופה"],
    &["质量问题", "产品质量问题"],
    &["spam", "spam?"],
    &["first contact", "first-time customer"],
    &["callback", "callback promised"],
    &["duplicate", "duplicate of another"],
];

/// Temporary tags. A number in the name makes each one unique.
pub(super) const TEMPORARY_TAGS: [&str; 6] = [
    "Incident INC-{number}",
    "Campaign {number}",
    "Recall batch {number}",
    "Survey wave {number}",
    "Voucher {number}",
    "App build {number}",
];

/// The initial settings of a route.
pub(super) struct RouteTemplate {
    pub(super) names: Names,
    /// The index of its channel.
    pub(super) channel: usize,
    /// The index of its destination queue.
    pub(super) queue: usize,
    pub(super) priority: u32,
}

const fn route(names: Names, channel: usize, queue: usize, priority: u32) -> RouteTemplate {
    RouteTemplate { names, channel, queue, priority }
}

/// The routes. There is no event type for the deletion of a route, so all of them are permanent.
pub(super) static ROUTES: [RouteTemplate; 18] = [
    route(&["WhatsApp general", "WhatsApp → General enquiries"], 0, 0, 5),
    route(&["WhatsApp billing", "WhatsApp: billing keywords"], 0, 1, 4),
    route(&["Viber", "Viber (HR, RS, BA)"], 0, 2, 5),
    route(&["SMS short code", "SMS short code 60777"], 0, 10, 6),
    route(&["WhatsApp عربي", "WhatsApp: Arabic"], 0, 8, 3),
    route(&["Messenger returns", "Messenger: returns"], 0, 5, 5),
    route(&["Website chat", "Website chat – home page"], 1, 0, 5),
    route(&["Checkout chat", "Checkout chat (abandoned basket)"], 1, 3, 2),
    route(&["App chat", "In-app chat"], 1, 2, 4),
    route(&["Chat VIP", "Chat: VIP customers 💎"], 1, 9, 1),
    route(&["Hotline", "Hotline main number"], 2, 0, 3),
    route(&["Hotline technical", "Hotline: press 2, technical"], 2, 2, 3),
    route(&["Hotline VIP", "Hotline: VIP line 💎"], 2, 9, 1),
    route(&["Ligne française", "Ligne française (FR/BE)"], 2, 6, 4),
    route(&["info@", "info@ mailbox"], 3, 0, 7),
    route(&["billing@", "billing@ and invoices@"], 3, 1, 6),
    route(&["service.at@", "service.at@ / service.ch@"], 3, 7, 6),
    route(&["returns@", "returns@ mailbox"], 3, 5, 7),
];

/// The indexes of the routes that lead to a temporary queue while there is one: WhatsApp general, Website chat.
pub(super) const CAMPAIGN_ROUTES: [usize; 2] = [0, 6];

/// The numbers are reserved for fiction, and the domains for documentation.
pub(super) const SENDERS: [Choice; 12] = [
    ("442079460101", "+44 20 7946 0101 (voice)"),
    ("442079460102", "+44 20 7946 0102 (WhatsApp)"),
    ("442079460117", "+44 20 7946 0117 (Viber)"),
    ("447700900123", "+44 7700 900123 (SMS)"),
    ("447700900456", "+44 7700 900456 (WhatsApp)"),
    ("12025550143", "+1 202-555-0143 (voice)"),
    ("12025550178", "+1 202-555-0178 (SMS)"),
    ("info@example.com", "Info <info@example.com>"),
    ("billing@example.com", "Billing <billing@example.com>"),
    ("service@example.org", "Kundendienst <service@example.org>"),
    ("support@example.net", "Support <support@example.net>"),
    ("WEB-CHAT", "Website chat widget"),
];

/// How a queue assigns conversations to its agents.
pub(super) const ASSIGNMENT_METHODS: [Choice; 4] = [
    ("ROUND_ROBIN", "Round robin"),
    ("LEAST_BUSY", "Least busy agent"),
    ("LONGEST_IDLE", "Longest idle agent"),
    MANUAL_ASSIGNMENT,
];
pub(super) const MANUAL_ASSIGNMENT: Choice = ("MANUAL", "Manual");

pub(super) const REASONS: [&str; 9] = [
    "Seasonal peak",
    "Requested by the team lead",
    "Public holiday on Monday",
    "New contract with the partner in Graz",
    "Complaints about waiting times",
    "Trial for two weeks",
    "Sick leave in the team",
    "Na zahtjev voditeljice tima (Đurđica)",
    "\"Temporary\", says José; see the ticket",
];

pub(super) const RENAMING_REASONS: [&str; 4] =
    ["Naming convention", "Customers did not understand the name", "Rebranding", "Requested by the team lead"];

pub(super) const DELETION_REASONS: [&str; 4] =
    ["Cleanup after the quarterly review", "Not used for weeks", "Incident resolved", "=duplicate of another one"];
