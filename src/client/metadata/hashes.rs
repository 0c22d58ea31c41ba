//! The hash of a file, which the server computes.

use crate::client::metadata::named;
use crate::client::metadata::ways::Refusals;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::features::Features;
use crate::protocol::hashes::{Algorithm, HashVerb, HashWay, choice_for, hash_in};
use crate::protocol::reply::Reply;
use crate::protocol::transfer_type::TransferType;

impl Session<'_> {
    /// The algorithms that the server has named in its reply to FEAT, or that have worked. The best is the first.
    pub(crate) async fn offered_hashes(&mut self) -> Result<Vec<Algorithm>> {
        let features = self.features().await?;
        let ways = HashWay::in_order(&features, None);
        let mut ways = self.ways().left_of(&ways);
        ways.retain(|way| way.is_named(&features) || self.ways().has(*way));
        let is_offered = |algorithm: &Algorithm| ways.iter().any(|way| way.algorithm == *algorithm);
        Ok(Algorithm::best_first().filter(is_offered).collect())
    }

    /// The hash of a file in hexadecimal digits. `None` is the best algorithm that the server has.
    pub(crate) async fn hash(&mut self, path: &[u8], wanted: Option<Algorithm>) -> Result<String> {
        self.require_sendable(&named("HASH", path)?).await?;
        let features = self.features().await?;
        // In ASCII type, some would tell that of the text with other line ends.
        self.prefer_type(TransferType::Image).await?;
        let ways = HashWay::in_order(&features, wanted);
        let ways = match wanted {
            Some(_) => self.ways().among(&ways),
            // One that has worked need not be the best.
            None => self.ways().left_of(&ways),
        };
        let mut refusals = Refusals::default();
        for way in ways {
            let outcome = self.ask_hash(way, &features, path, &mut refusals).await;
            if outcome.as_ref().is_err_and(|error| !error.is_refusal()) {
                // What comes after an error puts it back.
                return outcome.map(|_| String::new());
            }
            self.put_back_hash().await?;
            let Some(reply) = outcome? else { continue };
            let Some(hash) = hash_in(&reply, way.algorithm, path) else {
                let what = way.command(path)?.shown().into_owned();
                let name = way.algorithm.name();
                return Err(Error::Protocol(format!("{what}: the reply has no {name}: {}", reply.excerpt())));
            };
            self.ways().prove(way);
            return Ok(hash);
        }
        Err(refusals.into_error("tells such a hash of a file"))
    }

    async fn ask_hash(
        &mut self,
        way: HashWay,
        features: &Features,
        path: &[u8],
        refusals: &mut Refusals,
    ) -> Result<Option<Reply>> {
        if way.verb == HashVerb::Hash
            && let Some(name) = choice_for(features, way.algorithm)
            && let Err(error) = self.choose_hash(name).await
        {
            if !error.is_refusal() {
                return Err(error);
            }
            self.ways().strike_out(way);
            refusals.note_unknown(error);
            return Ok(None);
        }
        self.try_way(way, way.is_named(features), &way.command(path)?, refusals).await
    }
}
