#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gaikei {

/// A vantage point: a name, and the way out of it.
///
/// A plain value, built by the configuration and never changed afterwards; whoever needs one holds
/// it by std::shared_ptr<const Region>. It knows nobody: no check, no result, no socket.
struct Region {
  /// Name as in `[region.NAME]`; "local" where the configuration names none. Never empty.
  std::string name = "local";
  /// For people: "Tokyo". Empty means the name is shown.
  std::string title;
  /// ISO 3166-1 alpha-2 country code, upper case. Empty means not said.
  std::string country;
  /// Degrees, WGS 84. Absent means not said.
  std::optional<double> latitude;
  std::optional<double> longitude;
  /// Who runs the machine or network there. Empty means not said.
  std::string provider;
  /// Autonomous system number of the way out. Absent means not said.
  std::optional<unsigned> asn;

  /// Source addresses to bind, at most one of each family. Empty means the kernel chooses.
  std::vector<std::string> source;
  /// Network interface to bind to (SO_BINDTODEVICE). Empty means the kernel chooses.
  std::string interface;
  /// DNS servers as "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT", asked in this order.
  /// Empty means those of the machine (/etc/resolv.conf).
  std::vector<std::string> resolver;
  /// Targets that are known to work, absolute and without credentials: where they fail too it is
  /// this vantage point that is sick. Empty means none are named.
  std::vector<std::string> reference;
};

}  // namespace gaikei
