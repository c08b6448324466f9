#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gaikei::support {

/// A figure of /proc/self/status in bytes. Throws std::runtime_error where there is none.
inline std::size_t MemoryFigure(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stoul(line.substr(name.size() + 1)) * 1024;
  }
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

/// What of this process lies in memory now.
inline std::size_t ResidentMemory() { return MemoryFigure("VmRSS"); }
/// The most that did since the process began, or since ForgetPeakMemory().
inline std::size_t PeakMemory() { return MemoryFigure("VmHWM"); }

inline void ForgetPeakMemory() {
  std::ofstream peak("/proc/self/clear_refs");
  if (!(peak << "5" << std::flush)) throw std::runtime_error("cannot write /proc/self/clear_refs");
}

}  // namespace gaikei::support
