#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "checks/expect/program.h"

namespace gaikei::expect {

/// One value as it is compared: Value without Missing and without several.
using Scalar = JsonValue;

/// How a comparison went.
struct Verdict {
  enum class Kind : std::uint8_t {
    kNo,
    kYes,
    kCannot,  ///< neither yes nor no
  };
  Kind kind = Kind::kNo;
  std::string why;  ///< with kCannot

  static Verdict Of(bool holds) { return {holds ? Kind::kYes : Kind::kNo, ""}; }
  static Verdict Cannot(std::string why) { return {Kind::kCannot, std::move(why)}; }
};

/// Compares one value by the program's operator, without its negation. `is_cut`: the value is only
/// the beginning of a longer text. REQUIRES: the operator is not `exists`.
Verdict Compare(const Program& program, const Scalar& value, bool is_cut);

}  // namespace gaikei::expect
