#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/io/dns/dnssec_name.h"
#include "checks/io/dns/ldns.h"

namespace gaikei::io::dnssec {

/// The records of one name and type, with the signatures over them. The records are the message's.
struct RrSet {
  Name owner;
  std::uint16_t type = 0;
  std::vector<const ldns_rr*> records;
  std::vector<const ldns_rr*> signatures;  ///< RRSIG that can be read and cover this type

  std::string Text() const;  ///< "www.example. A"
};

/// A message that was read: its sections as record sets, in the order in which they came. Class IN
/// only; records that lack a field of theirs are left out.
class Message {
 public:
  /// Absent when it cannot be read.
  static std::shared_ptr<const Message> Read(std::string_view bytes);

  int rcode() const { return rcode_; }
  bool is_truncated() const { return is_truncated_; }
  bool is_authoritative() const { return is_authoritative_; }
  const std::vector<RrSet>& answer() const { return answer_; }
  const std::vector<RrSet>& authority() const { return authority_; }

  const RrSet* FindAnswer(const Name& owner, std::uint16_t type) const;
  bool HasAuthority(std::uint16_t type) const;
  bool HasSignatures() const;  ///< of anything in answer or authority

 private:
  Message() : packet_(nullptr, ldns_pkt_free) {}

  std::unique_ptr<ldns_pkt, void (*)(ldns_pkt*)> packet_;
  int rcode_ = 0;
  bool is_truncated_ = false;
  bool is_authoritative_ = false;
  std::vector<RrSet> answer_;
  std::vector<RrSet> authority_;
};

/// A field as it stands in the message.
inline std::string_view Bytes(const ldns_rdf* field) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field)};
}

/// Type bits of NSEC and NSEC3 (RFC 4034, 4.1.2). Any bytes.
bool HasTypeBit(const ldns_rdf* bitmap, std::uint16_t type);

/// "DNSKEY", "TYPE65280".
std::string TypeText(std::uint16_t type);

}  // namespace gaikei::io::dnssec
