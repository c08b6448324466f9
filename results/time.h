#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gaikei {

/// A span of time. Inside the program every span is of this type; names carry no unit.
using Span = std::chrono::nanoseconds;

/// An instant of the wall clock (UTC), for what is shown and stored. Never subtract two of them to
/// measure anything: the wall clock steps.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// An instant of the monotonic clock (CLOCK_MONOTONIC, the same that uv_hrtime reads), for every
/// measurement and every timer.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// Reads the clocks now (never the event loop's cached time).
MonoTime MonoNow();
WallTime WallNow();

/// "2026-11-23T03:48:00.000213Z": RFC 3339, UTC, always six digits of fraction, truncated.
std::string FormatRfc3339(WallTime time);

/// Nanoseconds since the epoch of Unix, as they are stored.
constexpr std::int64_t EpochNanos(WallTime time) { return time.time_since_epoch().count(); }

/// Parses RFC 3339 with any offset and up to nine digits of fraction. Absent when it is none.
std::optional<WallTime> ParseRfc3339(std::string_view text);

/// Span in seconds as a floating number, for everything that leaves the program.
constexpr double Seconds(Span span) { return std::chrono::duration<double>(span).count(); }

/// Parses "250ms", "30s", "5m", "2h", "28d", also "1.5s" and "1h30m". Units: ns us ms s m h d w.
/// Absent when the text is no duration, negative or beyond 100 years.
std::optional<Span> ParseDuration(std::string_view text);

/// A span for people: "843us", "12.3ms", "1.02s", "5m", "28d". Three significant digits at most
/// below a minute.
std::string FormatDuration(Span span);

}  // namespace gaikei
