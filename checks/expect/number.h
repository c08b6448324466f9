#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gaikei::expect {

// The spellings of numbers, in expressions and in what a target sent. Absent: it is none.

/// Decimal: "42", "-1.5", "2e3"; no sign +, no hexadecimal, no infinity.
std::optional<double> ParseNumber(std::string_view text);
/// Bytes: "512", "64KiB", "1.5MiB", "10kB". Units: B, kB MB GB (1000), KiB MiB GiB (1024).
std::optional<double> ParseSize(std::string_view text);
/// "1.2", "TLSv1.2", "TLS 1.2"; "TLSv1" is 1.0; "SSLv3" is 0.3, below all.
std::optional<double> ParseTlsVersion(std::string_view text);
/// "1.0", "1.1", "2", "3", also with "HTTP/" in front.
std::optional<double> ParseHttpVersion(std::string_view text);

/// The shortest decimal text that reads back the same: "500", "0.25".
std::string FormatNumber(double number);

}  // namespace gaikei::expect
