#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/outcome.h"

namespace gaikei {

/// What several servers' answers to one question come to, side by side.
struct DnsComparison {
  std::optional<bool> agree;                   ///< absent: fewer than two answered
  std::optional<std::uint32_t> serial_spread;  ///< absent: fewer than two gave a serial
  std::vector<std::string> differing;          ///< DnsAnswer::server of those that differ
  /// "ns3.example. (192.0.2.3:53) has serial 41, the others 42"; empty where all have one serial.
  std::string serials;
  /// "ns3.example. (192.0.2.3:53) says 192.0.2.9, the others 192.0.2.1"; empty where all agree.
  std::string answers;
};

/// Compares those that answered: rcode and set of answer records (name, type, data). TTLs, order,
/// the case of names, and signatures do not count, since each server may make its own.
///
/// Differing in serials is whoever has not the newest (RFC 1982); in answers, whoever is not in the
/// largest group of servers that say the same, among groups of one size not in that of the newest
/// serial, else of the first server.
DnsComparison CompareDnsAnswers(std::span<const DnsAnswer> servers);

/// "ns3.example. (192.0.2.3:53)", or "192.0.2.3:53" alone.
std::string ShownDnsServer(const DnsAnswer& server);

/// Serial `a` is newer than `b` (RFC 1982, 3.2).
bool IsNewerSerial(std::uint32_t a, std::uint32_t b);

}  // namespace gaikei
