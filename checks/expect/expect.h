#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "results/outcome.h"

namespace gaikei::expect {

/// Why an expression was refused, and where.
struct CompileError {
  std::size_t column = 0;  ///< byte offset inside the expression, from 0
  std::string message;     ///< with the nearest known name where there is one
};

/// What an expression may ask about. One enumerator a subject of the language; `header.<name>`,
/// `json.<path>` and `phase.<name>` carry an argument. The table in subjects.cc gives each its
/// spelling, the type of its value and the kinds of check it applies to.
enum class Subject : std::uint8_t {
  kStatus,
  kDuration,
  kPhase,
  kHeader,
  kBody,
  kBodySize,
  kJson,
  kRedirects,
  kLastModified,  ///< its age
  kHttpVersion,
  kAddress,
  kCertificateDaysLeft,
  kCertificateIssuer,
  kCertificateSubject,
  kCertificateSan,
  kCertificateSha256,
  kCertificateKeyType,
  kCertificateKeyBits,
  kTlsVersion,
  kTlsCipher,
  kTlsAlpn,
  kTlsOcsp,
  kRcode,
  kAnswer,
  kAnswerCount,
  kAuthority,
  kAdditional,
  kTtl,
  kFlags,
  kSerial,
  kSerialSpread,
  kSize,
  kAgree,
  kDnssec,
  kPacketLoss,
  kRtt,
  kServingStatus,
  kResponse,
};

/// Nothing was there to be looked at; `why` says so ("no such header").
struct Missing {
  std::string why;
  /// Not even whether it is there can be told ("the body is no JSON"): then `exists` and its
  /// negation are false as well.
  bool is_untold = false;
};

/// null in a JSON document.
struct JsonNull {};
/// An array or an object in a JSON document, as compact JSON.
struct JsonWhole {
  std::string_view text;
};

/// One value of those that a JSON path with `[*]` leads to.
using JsonValue = std::variant<double, std::string_view, bool, JsonNull, JsonWhole>;
/// What a JSON path with `[*]` leads to.
struct JsonMany {
  std::vector<JsonValue> values;  ///< not empty
  std::size_t missing = 0;        ///< elements that have no such value
};

/// The value of a subject when an attempt is over: a number (spans are seconds), a text, several
/// texts of which any one may match, what only JSON has, or nothing.
///
/// A string_view points into the source and lives as long as it.
using Value = std::variant<Missing, double, std::string_view, std::vector<std::string_view>, bool,
                           JsonNull, JsonWhole, JsonMany>;

/// Where values come from: each kind of check hands in its own.
class Source {
 public:
  virtual ~Source() = default;
  /// `argument` is what stands behind the first dot of header., phase. (lower case) or json. (the
  /// whole path); empty for other subjects.
  virtual Value Get(Subject subject, std::string_view argument) const = 0;
  /// True when the source holds only the beginning of a text (a body past the inspection bound):
  /// what was not found there might still have been further on, so that neither the expression nor
  /// its negation can be told.
  virtual bool IsCut(Subject) const { return false; }
};

/// `SUBJECT OPERATOR VALUE`, compiled once at load, immutable, cheap to copy, safe on any thread.
class Expression {
 public:
  /// Compiles for a kind of check ("http"). A subject that does not apply to the kind is an error.
  static tl::expected<Expression, CompileError> Compile(std::string_view text,
                                                        std::string_view kind);

  const std::string& text() const;
  Subject subject() const;
  /// expect_ + the first word of the subject.
  Reason reason() const;

  /// Never throws, bounded in time and memory. What cannot be evaluated is false, negated or not,
  /// and says why in `error`.
  ExpectResult Evaluate(const Source& source) const;

 private:
  struct Compiled;
  explicit Expression(std::shared_ptr<const Compiled> compiled);
  std::shared_ptr<const Compiled> compiled_;
};

/// Evaluates all of `expects`, then all of `warns`, appends every result to `observation.expect`,
/// and sets status, reason, blame and message: the first `expect` that failed makes a fail, else
/// the first `warn` that failed makes a warn. REQUIRES: observation.status is kPass so far.
void Judge(std::span<const Expression> expects, std::span<const Expression> warns,
           const Source& source, Observation& observation);

}  // namespace gaikei::expect
