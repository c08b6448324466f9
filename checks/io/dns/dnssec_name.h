#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "checks/io/dns/ldns.h"

namespace gaikei::io::dnssec {

/// A domain name as a value: uncompressed wire format in lower case. Orders canonically (RFC 4034,
/// 6.1), so a zone's names stand as its NSEC chain has them. Immutable, any thread.
class Name {
 public:
  Name() : wire_(1, '\0') {}  ///< the root
  /// Presentation format, taken as absolute; absent when it is no name.
  static std::optional<Name> Parse(const std::string& text);
  /// Absent for a record field that is no name.
  static std::optional<Name> From(const ldns_rdf* field);

  const std::string& wire() const { return wire_; }
  /// Presentation format with the dot at the end; printable ASCII whatever the bytes are.
  std::string Text() const;

  int labels() const;  ///< without the root's: 0 for the root
  bool is_root() const { return wire_.size() == 1; }
  bool is_wildcard() const { return wire_.starts_with(std::string_view("\1*", 2)); }
  /// Whether it is `ancestor` or below it.
  bool IsWithin(const Name& ancestor) const;
  bool IsBelow(const Name& ancestor) const { return *this != ancestor && IsWithin(ancestor); }
  /// The last `count` labels; itself when it has no more.
  Name Last(int count) const;
  Name Parent() const { return Last(labels() - 1); }  ///< of the root: the root
  /// "*." before it; absent when that is too long for a name (then nobody can have it).
  std::optional<Name> Wildcard() const;
  /// The name with `target` in the place of `owner` at its end (DNAME, RFC 6672); absent when that
  /// is too long. REQUIRES: IsBelow(owner).
  std::optional<Name> Substituted(const Name& owner, const Name& target) const;
  std::string_view FirstLabel() const;  ///< empty for the root

  bool operator==(const Name&) const = default;
  std::strong_ordering operator<=>(const Name& other) const;

 private:
  explicit Name(std::string wire) : wire_(std::move(wire)) {}

  std::string wire_;
};

/// The longest name that both are within.
Name CommonAncestor(const Name& a, const Name& b);

}  // namespace gaikei::io::dnssec
