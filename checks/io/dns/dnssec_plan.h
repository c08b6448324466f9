#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "checks/io/dns/dnssec_finding.h"
#include "checks/io/dns/dnssec_message.h"

namespace gaikei::io::dnssec {

/// One thing that an answer says and that has to be shown true.
struct PlanItem {
  enum class Kind {
    kSet,     ///< a record set
    kNoData,  ///< a name has no record of a type
    kNoName,  ///< a name does not exist
    kRest,    ///< nothing to be shown: the answer ends with an alias, and has to be asked for on
  };
  Kind kind = Kind::kSet;
  std::shared_ptr<const Message> message = {};
  const RrSet* set = nullptr;  ///< of kSet; the message's
  Name name = {};              ///< of the other kinds
  std::uint16_t type = 0;      ///< of the other kinds
  /// Whose zone is wanted: the signer's, or without signatures the name's.
  Name goal = {};
  bool is_signed = false;  ///< `goal` is a signer
};

/// What an answer comes to, in the order in which it is checked: the aliases (CNAME, DNAME) from
/// the name asked for to the last, the records or their denial, whatever else is in the answer.
struct Plan {
  std::deque<PlanItem> items;
  std::optional<Finding> finding;  ///< there is nothing to check
};

Plan PlanAnswer(const std::string& bytes, const Name& name, std::uint16_t type);

/// A message as far as it can be used: NOERROR or NXDOMAIN, not truncated.
struct Usable {
  std::shared_ptr<const Message> message;  ///< null: there is a problem
  std::string problem;
};

Usable ReadUsable(const std::string& bytes);

}  // namespace gaikei::io::dnssec
