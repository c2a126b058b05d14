//! Topics, summaries, notes, forms and messages. Some of the texts test how pages and exports display them.

use super::values::Choice;

/// What a conversation is about.
pub(super) struct Story {
    /// The queue that it belongs to; `None` for all queues.
    pub(super) queue: Option<usize>,
    /// The indexes of suitable tags.
    pub(super) tags: [usize; 2],
    /// The first topic, and the corrected one.
    pub(super) topics: [&'static str; 2],
    /// A short and a long summary.
    pub(super) summaries: [&'static str; 2],
}

const fn story(queue: Option<usize>, tags: [usize; 2], topics: [&'static str; 2], summaries: [&'static str; 2]) -> Story {
    Story { queue, tags, topics, summaries }
}

#[rustfmt::skip]
pub(super) static STORIES: [Story; 27] = [
    story(None, [22, 21], ["Question", "Opening hours"],
        ["Asked for the opening hours.", "Asked whether the shop in Graz is open on Whit Monday; it is not."]),
    story(None, [3, 22], ["Order", "Order status"],
        ["Wants to know where the order is.", "Order left the warehouse on Tuesday; tracking link sent."]),
    story(None, [3, 0], ["Delivery", "Delivery delayed"],
        ["Parcel is late.", "Parcel is held at customs; new date promised, voucher of 10 € granted."]),
    story(None, [6, 2], ["Account", "Cannot sign in"],
        ["Cannot sign in.", "Second factor was on a lost phone; identity checked, reset done."]),
    story(None, [2, 11], ["Address", "Change of address"],
        ["New address.", "Moved from Łódź to Málaga; billing address stays."]),
    story(None, [0, 4], ["Complaint", "Complaint about a courier"],
        ["Courier was rude.", "Courier left the parcel in the rain; apology, replacement on its way."]),
    story(None, [8, 9], ["Cancellation", "Cancels the subscription"],
        ["Wants to cancel.", "-20% for six months was offered and taken; subscription stays."]),
    story(None, [12, 13], ["Privacy", "Deletion of personal data"],
        ["GDPR request.", "Asks for deletion (Art. 17); handed to the privacy desk."]),
    story(None, [21, 7], ["Praise", "Praise for an agent 🎉"],
        ["Says thank you.", "Says thank you to Þóra, who found the lost parcel."]),
    story(None, [20, 23], ["Newsletter", "Unsubscribe"],
        ["Does not want the newsletter.", "Was subscribed twice, with and without a dot in the address."]),
    story(Some(1), [2, 0], ["Invoice", "Wrong invoice"],
        ["Invoice is wrong.", "Invoice 2024/0815 has the old VAT number; corrected one sent."]),
    story(Some(1), [1, 2], ["Payment", "Charged twice"],
        ["Was charged twice.", "Charged twice on the 3rd; second charge reversed, 3 to 5 days."]),
    story(Some(1), [2, 23], ["Reminder", "Reminder in spite of payment"],
        ["Got a reminder.", "Paid by bank transfer without a reference; matched by hand."]),
    story(Some(2), [10, 6], ["App", "App crashes at start"],
        ["App crashes.", "Build 5.12.0 crashes on start with an empty basket; <b>fixed in 5.12.1</b>."]),
    story(Some(2), [5, 4], ["Device", "Router restarts"],
        ["Router restarts every night.", "Firmware 1.4 reboots at 03:00; downgraded to 1.3.9."]),
    story(Some(2), [10, 22], ["Connection", "No connection"],
        ["No connection since the morning.", "Outage in the district, known; call back when it is over."]),
    story(Some(3), [9, 11], ["Offer", "Offer for 40 seats"],
        ["Asks for an offer.", "40 seats, two years, \"as cheap as the others\"; offer sent."]),
    story(Some(3), [1, 9], ["Basket", "Voucher does not work"],
        ["Voucher does not work.", "Voucher SPRING is for new customers only; =10% granted by hand."]),
    story(Some(5), [1, 5], ["Return", "Return without a label"],
        ["Needs a label.", "Printer is broken; QR code for the post office sent."]),
    story(Some(5), [1, 17], ["Refund", "Refund is missing"],
        ["Refund did not come.", "Refund went to a closed card; IBAN noted, paid again."]),
    story(Some(6), [4, 15], ["Réclamation", "Colis endommagé"],
        ["Colis arrivé abîmé.", "L’écran est fêlé ; échange à l’identique, étiquette envoyée."]),
    story(Some(6), [2, 15], ["Facture", "Facture introuvable"],
        ["Demande sa facture.", "Facture renvoyée à l’adresse de la société « Noël & Fils »."]),
    story(Some(7), [2, 14], ["Rückfrage", "Rückfrage zur Rechnung"],
        ["Versteht die Rechnung nicht.", "Grundgebühr erklärt; Kundin ist zufrieden. Größere Änderung ab Jänner."]),
    story(Some(7), [5, 14], ["Störung", "Gerät lädt nicht"],
        ["Gerät lädt nicht.", "Netzteil getauscht; Rücksendung übers Postfach in Österreich."]),
    story(Some(8), [2, 18], ["استفسار", "استفسار عن الفاتورة"],
        ["العميل يسأل عن الفاتورة.", "تم إرسال نسخة من الفاتورة رقم 4711 إلى البريد الإلكتروني."]),
    story(Some(8), [3, 18], ["شحنة", "تأخر الشحنة"],
        ["الشحنة متأخرة.", "الشحنة في الجمارك، وتم تحديد موعد جديد للتسليم."]),
    story(Some(10), [3, 0], ["Courier", "Parcel at the neighbour’s"],
        ["Parcel is not there.", "Parcel is at the neighbour’s (2nd floor, \"Škoda\" on the bell)."]),
];

/// Notes. `{order}` is replaced by the number of an order.
pub(super) const NOTES: [&str; 18] = [
    "Called back, nobody answered. Next try tomorrow at 10.",
    "Order {order}: warehouse confirms that it left.",
    "Order {order}: second complaint this year, please be generous.",
    "Identity checked with date of birth and order {order}.",
    "Kunde bittet um Rückruf nach 17 Uhr, nicht früher.",
    "Klijentica govori samo hrvatski ili mađarski.",
    "Le client parle français ; écrire en français, s’il vous plaît.",
    "العميل يفضل التواصل باللغة العربية فقط.",
    "הלקוח ביקש שנחזור אליו ביום ראשון",
    "客户要求更换，不要退款。",
    "Refund of 49,90 € for {order} approved by Beatriz.",
    "=> handed over to logistics, order {order}",
    "+1: same fault as in {order}, see the incident",
    "@Marija please have a look, the tone is getting rough",
    "- asked for a photo\n- photo came, label is torn\n- replacement for {order} ordered",
    "Says \"you promised it, in writing\"; I can't find that; see attachment <scan 3>.",
    "Dobio kupon; zadovoljan 😀👍🏽",
    "Do not close before the refund for {order} is booked!",
];

pub(super) const ADDENDA: [&str; 7] = [
    "Edit: done.",
    "Edit: called again, reached her this time.",
    "Edit: warehouse says two more days.",
    "Edit: customer sent the photo.",
    "Nachtrag: erledigt, danke!",
    "(Typo corrected.)",
    "Update: supervisor agreed ✔",
];

pub(super) const FORMS: [Choice; 7] = [
    ("form-return", "Return of goods"),
    ("form-refund", "Refund request"),
    ("form-callback", "Callback"),
    ("form-damage", "Damage report (with photo)"),
    ("form-survey", "Satisfaction survey: 5 of 5 ⭐"),
    ("form-survey-poor", "Satisfaction survey: 2 of 5"),
    ("form-consent", "Consent to recording"),
];

/// Messages before and after a correction.
pub(super) const MESSAGES: [(&str, &str); 7] = [
    ("Your parcel arives on Tuesday.", "Your parcel arrives on Tuesday."),
    ("Dear Mr Whitaker,", "Dear Ms Whitaker,"),
    ("The refund takes 14 days.", "The refund takes up to 5 working days."),
    ("Ihre Rechung liegt bei.", "Ihre Rechnung liegt bei."),
    ("Pozdrav, šaljemo novi broj.", "Poštovani, šaljemo Vam novi broj pošiljke."),
    ("Please send your card number.", "[removed: card data must not be asked for in a chat]"),
    ("Bonjour, votre colis est partit.", "Bonjour, votre colis est parti."),
];
