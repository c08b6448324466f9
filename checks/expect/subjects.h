#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/expect/expect.h"

namespace gaikei::expect {

/// What a subject's value is, and so which operators and values go with it.
enum class Type : std::uint8_t {
  kNumber,
  kDays,         ///< a number of days
  kSpan,         ///< seconds; written with a unit
  kSize,         ///< bytes; written plain or with a unit
  kTlsVersion,   ///< ordered; "TLSv1.2" or 1.2
  kHttpVersion,  ///< ordered; "1.1" or 1.1
  kText,
  kAddress,      ///< a numeric IP address
  kFingerprint,  ///< hexadecimal
  kHeader,       ///< texts, any of which may match; ordered where they read as numbers
  kRatio,        ///< 0..1; written plain or as a percentage
  kFlag,         ///< true or false; may stand alone
  kJson,         ///< known only when it is seen
};

/// One subject of the language.
struct SubjectRow {
  Subject subject{};
  std::string_view name;  ///< "status"; for a subject with an argument what stands before it
  Type type{};
  std::string_view argument;                ///< how its argument is called; empty: it takes none
  std::span<const std::string_view> kinds;  ///< kinds of check it applies to
};

/// The table of all subjects.
std::span<const SubjectRow> AllSubjects();

/// A subject as it stands in an expression.
struct FoundSubject {
  const SubjectRow* row = nullptr;  ///< of the table
  std::string argument;             ///< as Source::Get() takes it
};

/// Whether it may have several values, of which `any` or `all` have to satisfy an operator.
bool IsSeveral(const FoundSubject& subject);

/// Finds what `word` ("header.Server") names for a kind of check. The error's column counts from
/// the beginning of the word.
tl::expected<FoundSubject, CompileError> FindSubject(std::string_view word, std::string_view kind);

}  // namespace gaikei::expect
