#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/io/dns/dnssec_finding.h"
#include "checks/io/dns/dnssec_keys.h"
#include "checks/io/dns/dnssec_message.h"
#include "checks/io/dns/dnssec_signature.h"

namespace gaikei::io::dnssec {

class Denial;

struct WalkQuestion {
  Name name;
  std::uint16_t type = 0;
};

/// Where a walk towards a name has come to: just one of these is set.
struct Located {
  std::optional<WalkQuestion> question = {};  ///< has to be answered first
  const ZoneKeys* zone = nullptr;             ///< the zone that the name is in; the Walk's
  std::optional<Finding> finding = {};        ///< why there is no such zone with trusted keys
};

/// The way down from the trust anchor (RFC 4035, 5): a DS question for each label, as zone cuts may
/// be anywhere, and a DNSKEY question for each zone found. Remembers what it learned.
class Walk {
 public:
  /// `checker` and `hashes` (see Denial) outlive this.
  Walk(Name anchor, const std::vector<Ds>& keys, SignatureChecker* checker, unsigned* hashes);

  /// REQUIRES: the goal is within the anchor's zone.
  Located Locate(const Name& goal) const;
  /// The answer to Locate()'s question; null: there was none that can be used, because of `why`.
  void Learn(const WalkQuestion& question, const std::shared_ptr<const Message>& message,
             const std::string& why);

  const Name& anchor() const { return anchor_; }
  /// A line a zone, from the anchor down.
  const std::vector<std::string>& chain() const { return chain_; }

 private:
  /// What is known of a name.
  struct Step {
    bool is_cut = false;
    std::vector<Ds> ds;             ///< usable ones, of a cut
    std::optional<ZoneKeys> keys;   ///< of a cut, once they are trusted
    std::optional<Finding> ending;  ///< nothing below can be secure
  };

  const ZoneKeys* ZoneAbove(const Name& name) const;
  void LearnDs(const Name& name, const std::shared_ptr<const Message>& message);
  void TakeDs(const RrSet& set, const ZoneKeys& parent, Step* step);
  void TakeAlias(const RrSet& set, const ZoneKeys& parent, Step* step);
  void TakeDenial(const Name& name, const Message& message, const ZoneKeys& parent, Step* step);
  void LearnKeys(const Name& name, const std::shared_ptr<const Message>& message);
  Finding NoMatch(const Name& name, const std::vector<Ds>& ds) const;

  Name anchor_;
  SignatureChecker* checker_;
  unsigned* hashes_;
  std::map<Name, Step> steps_;
  std::vector<std::string> chain_;
};

}  // namespace gaikei::io::dnssec
