#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/outcome.h"

namespace gaikei::io {

/// One question as it is sent: RFC 1035, 4.1, with EDNS (RFC 6891).
struct DnsQuery {
  std::string name = {};           ///< presentation format, taken as absolute
  std::uint16_t type = 1;          ///< A
  std::uint16_t klass = 1;         ///< IN
  bool recursion = true;           ///< RD
  bool checking_disabled = false;  ///< CD
  bool dnssec_ok = false;          ///< DO; needs EDNS
  unsigned edns_size = 1232;       ///< 0: no OPT record at all
  std::string ecs = {};            ///< "192.0.2.0/24"; empty: none
  bool nsid = false;
  bool cookie = false;  ///< a random client cookie
};

/// A question in wire format, ready for any transport.
struct DnsWireQuery {
  std::string bytes;          ///< begins with the id
  std::uint16_t id = 0;       ///< random
  std::string client_cookie;  ///< 8 bytes; empty: none was sent
};

/// "AAAA", "aaaa", "TYPE28" to 28; absent for what is no type. Likewise the class ("IN", "CH",
/// "CLASS1").
std::optional<std::uint16_t> ParseDnsType(std::string_view text);
std::optional<std::uint16_t> ParseDnsClass(std::string_view text);
/// "AAAA", "TYPE65280".
std::string DnsTypeText(std::uint16_t type);
std::string DnsClassText(std::uint16_t klass);
/// Empty when `name` can be asked for (RFC 1035, 2.3.4, escapes of 5.1 allowed), else why not.
std::string WhyNoDnsName(std::string_view name);

/// The error is one line: a name that is none, an ECS that is no prefix, options without EDNS.
tl::expected<DnsWireQuery, std::string> BuildDnsQuery(const DnsQuery& query);

/// Whether a message is the answer to `query`: long enough for a header, QR set, the id, and the
/// question, in whatever case its letters are (0x20). What is not is ignored like silence. A
/// message with the right id and without a question counts as an answer where its rcode tells of an
/// error (FORMERR servers cut it off).
bool IsAnswerTo(std::span<const std::uint8_t> message, const DnsWireQuery& query);
/// Whether it IsAnswerTo() and does not bring back another client cookie than was sent, which is
/// ignored likewise (RFC 7873, 5.3). A message that cannot be read is acceptable: it is ours, and
/// malformed.
bool IsAcceptableAnswer(std::span<const std::uint8_t> message, const DnsWireQuery& query);
/// TC of a message that IsAnswerTo().
bool IsTruncated(std::span<const std::uint8_t> message);

/// Reads a whole message into everything that DnsAnswer says of one: rcode (extended by EDNS),
/// flags, sections, extended errors, serial, size, nsid, ecs, cookie, notes. What cannot be read is
/// reason dns_malformed with what is wrong; rcodes give no reason. Pure; any bytes; bounded.
DnsAnswer ReadDnsAnswer(std::span<const std::uint8_t> message, const DnsWireQuery& query);

}  // namespace gaikei::io
