//! The matrix: every way in which a transfer can end, as far as it makes sense.

/// An enum whose values have names, for the table.
macro_rules! dimension {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$doc])* $value,)* }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$value),*];

            pub fn name(self) -> &'static str {
                match self { $($name::$value => $text,)* }
            }
        }
    };
}

dimension! {
    /// The replies to the transfer command.
    Replies {
        Positive = "2yz",
        /// A moment after the data.
        Late = "2yz late",
        Twice = "2yz twice",
        ThenPreliminary = "2yz then 1yz",
        /// When the data connection is open, and nothing has gone over it.
        Early = "2yz early",
        /// The 2yz is the one reply: it comes where the 1yz was due.
        ForPreliminary = "2yz for 1yz",
        Transient = "4yz",
        Permanent = "5yz",
        TransientEarly = "4yz early",
        TransientForPreliminary = "4yz for 1yz",
        PermanentForPreliminary = "5yz for 1yz",
        Nothing = "none",
        /// The client's limit is over by then: it comes together with the reply to what the client says next.
        TooLate = "too late",
        Closed = "closed",
    }
}

dimension! {
    /// What becomes of the data connection.
    End {
        /// In an orderly way, over TLS with a close_notify.
        Ended = "ended",
        /// FIN without a close_notify.
        Cut = "cut",
        Reset = "reset",
        /// It stays open, and nothing more comes.
        LeftOpen = "left open",
        /// Passive: the server does not accept the connection. Active: it does not connect.
        Never = "never",
        /// Somebody at another address connects, and the server does not.
        Stranger = "stranger",
        /// It ends before the TLS handshake.
        NoHandshake = "no handshake",
    }
}

dimension! {
    /// How much data there is.
    Amount {
        Nothing = "nothing",
        Some = "some",
        /// More than all buffers on the way can hold.
        Much = "much",
    }
}

dimension! {
    Call {
        Retrbinary = "retrbinary",
        RetrbinaryRest = "retrbinary rest",
        RetrlinesRetr = "retrlines RETR",
        ByHandRetr = "by hand RETR",
        RetrlinesList = "retrlines LIST",
        Nlst = "nlst",
        Mlsd = "mlsd",
        ByHandList = "by hand LIST",
        Storbinary = "storbinary",
        Storlines = "storlines",
        ByHandStor = "by hand STOR",
    }
}

dimension! {
    /// The size that the 1yz reply announces, compared with what comes.
    Announced {
        None = "none",
        Equal = "equal",
        Less = "less",
        /// By [`OFFSET`]. After REST it is the size of the whole file then, as many servers announce it.
        More = "more",
        /// After REST, more than either the file or its rest can be.
        FarMore = "far more",
        /// Not announced, but SIZE tells it.
        BySize = "by SIZE",
        /// SIZE tells more.
        MoreBySize = "more by SIZE",
    }
}

dimension! {
    Mode {
        Passive = "passive",
        Active = "active",
    }
}

dimension! {
    Protection {
        Clear = "clear",
        Tls = "TLS",
    }
}

/// Where `retrbinary rest` begins.
pub const OFFSET: usize = 5;

#[derive(Copy, Clone, Debug)]
pub struct Cell {
    pub replies: Replies,
    pub end: End,
    pub protection: Protection,
    pub amount: Amount,
    pub call: Call,
    pub announced: Announced,
    pub mode: Mode,
}

impl Cell {
    /// All that make sense.
    pub fn all() -> Vec<Cell> {
        let mut all = Vec::new();
        for &replies in Replies::ALL {
            for &end in End::ALL {
                for &protection in Protection::ALL {
                    for &amount in Amount::ALL {
                        for &call in Call::ALL {
                            for &announced in Announced::ALL {
                                for &mode in Mode::ALL {
                                    all.push(Cell {
                                        replies,
                                        end,
                                        protection,
                                        amount,
                                        call,
                                        announced,
                                        mode,
                                    });
                                }
                            }
                        }
                    }
                }
            }
        }
        all.retain(|cell| cell.makes_sense());
        all
    }

    fn makes_sense(&self) -> bool {
        self.can_be() && self.can_have_this_amount() && self.can_announce_this()
    }

    fn can_be(&self) -> bool {
        let of_this_kind = match self.end {
            End::Cut | End::NoHandshake => self.protection == Protection::Tls && cfg!(feature = "tls"),
            End::Stranger => self.mode == Mode::Active,
            _ => self.protection == Protection::Clear || cfg!(feature = "tls"),
        };
        // Without a data connection there is no moment before the data.
        let is_early = matches!(self.replies, Replies::Early | Replies::TransientEarly);
        let in_time = !is_early || self.has_connection();
        // Who refuses leaves the data connection alone.
        of_this_kind && in_time && (!self.is_refused() || self.end == End::Never)
    }

    fn can_have_this_amount(&self) -> bool {
        match (self.is_upload(), self.amount) {
            (false, Amount::Nothing) => true,
            (false, Amount::Some) => self.has_connection(),
            (false, Amount::Much) => false,
            // Nobody learns of a reset behind the last byte.
            (true, Amount::Nothing | Amount::Some) => self.end != End::Reset,
            // Where the server takes all data, a little is as good as much.
            (true, Amount::Much) => matches!(self.end, End::Reset | End::Never) && !self.is_refused(),
        }
    }

    fn can_announce_this(&self) -> bool {
        let announces = self.call.is_retr() && self.has_preliminary();
        match self.announced {
            Announced::None => true,
            Announced::Equal | Announced::More => announces,
            Announced::Less => announces && self.amount != Amount::Nothing,
            Announced::FarMore => announces && self.call == Call::RetrbinaryRest,
            // Otherwise nobody asks.
            Announced::BySize | Announced::MoreBySize => {
                self.call.is_retr()
                    && self.replies.is_positive()
                    && (self.end == End::Cut || self.is_without_data())
            }
        }
    }

    pub fn is_upload(&self) -> bool {
        matches!(self.call, Call::Storbinary | Call::Storlines | Call::ByHandStor)
    }

    /// The server opens the data connection, or accepts it, and begins with what is to go over it.
    fn has_connection(&self) -> bool {
        !matches!(self.end, End::Never | End::Stranger | End::NoHandshake)
    }

    /// The server confirms that there was nothing, and no data connection has ended.
    fn is_without_data(&self) -> bool {
        let may_be = match self.mode {
            Mode::Passive => self.replies == Replies::ForPreliminary,
            Mode::Active => self.end == End::Never,
        };
        may_be && self.amount == Amount::Nothing && matches!(self.end, End::Never | End::LeftOpen)
    }

    pub fn has_preliminary(&self) -> bool {
        self.replies != Replies::ForPreliminary && !self.is_refused()
    }

    pub fn is_refused(&self) -> bool {
        matches!(self.replies, Replies::TransientForPreliminary | Replies::PermanentForPreliminary)
    }

    /// What the columns of the table compare.
    pub fn names(&self) -> [&'static str; 7] {
        [
            self.replies.name(),
            self.end.name(),
            self.protection.name(),
            self.amount.name(),
            self.call.name(),
            self.announced.name(),
            self.mode.name(),
        ]
    }
}

impl Replies {
    pub fn is_positive(self) -> bool {
        self.name().starts_with("2yz")
    }
}

impl Call {
    pub fn is_retr(self) -> bool {
        matches!(self, Call::Retrbinary | Call::RetrbinaryRest | Call::RetrlinesRetr | Call::ByHandRetr)
    }
}
