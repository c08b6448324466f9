#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "checks/expect/expect.h"
#include "checks/expect/subjects.h"

namespace re2 {
class RE2;
}

namespace gaikei::expect {

enum class Operator : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  kMatches,
  kIn,
  kExists,
};

/// How many of several values have to satisfy the operator.
enum class Quantifier : std::uint8_t {
  kNone,  ///< one is enough; a negation holds where none does
  kAny,   ///< one is enough, negated or not
  kAll,   ///< every one, negated or not
};

/// Both ends belong to it.
struct Range {
  double low = 0;
  double high = 0;
};

/// What a subject is compared with, converted to the subject's type: spans in seconds, sizes in
/// bytes, versions as numbers, addresses and fingerprints in their usual form.
using Operand = std::variant<double, std::string, bool, JsonNull, Range>;

/// A compiled expression. Immutable.
struct Program {
  std::string text;  ///< as it was written
  FoundSubject subject;
  Reason reason = Reason::kNone;
  Quantifier quantifier = Quantifier::kNone;
  bool is_negated = false;  ///< `not`; `!=` is an operator of its own
  Operator op = Operator::kExists;
  std::vector<Operand> operands;  ///< several only with `in`, none with `exists`
  /// With `matches` alone. Matching is const, hence safe on any thread.
  std::shared_ptr<const re2::RE2> pattern;
};

/// Finds what the first word of an expression names; columns count from its beginning.
using SubjectFinder = std::function<tl::expected<FoundSubject, CompileError>(std::string_view)>;

/// Compiles `text` for a kind of check.
tl::expected<Program, CompileError> Parse(std::string_view text, std::string_view kind);
/// Compiles `text` about subjects of one's own, whose rows outlive the program.
tl::expected<Program, CompileError> Parse(std::string_view text, SubjectFinder finder);

/// Runs it. Never throws but for want of memory.
ExpectResult Run(const Program& program, const Source& source);

}  // namespace gaikei::expect
