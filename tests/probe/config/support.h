#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "probe/config/config.h"
#include "probe/config/load.h"

namespace gaikei {

inline std::vector<std::string> Texts(const std::vector<ConfigError>& errors) {
  std::vector<std::string> texts;
  for (const ConfigError& error : errors) texts.push_back(error.Text());
  return texts;
}

/// The errors of one text called "t.toml"; empty where it is right.
inline std::vector<std::string> ErrorsOf(const std::string& text) {
  const auto config = LoadTexts({{"t.toml", text}}, "");
  return config ? std::vector<std::string>() : Texts(config.error());
}

/// The configuration of one text; an empty one, and a failed test, where it is wrong.
inline Config Loaded(const std::string& text, const std::string& region = "") {
  auto config = LoadTexts({{"t.toml", text}}, region);
  if (config) return std::move(*config);
  ADD_FAILURE() << ::testing::PrintToString(Texts(config.error()));
  return {};
}

/// The only check of a text that holds its keys alone.
inline CheckSpec CheckWith(const std::string& keys,
                           const std::string& target = "https://shop.example/") {
  Config config = Loaded("[check.home]\ntarget = \"" + target + "\"\n" + keys + "\n");
  if (config.checks.empty()) return {};
  return std::move(config.checks.front());
}

/// A directory of its own, gone when it goes.
class Directory {
 public:
  Directory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "gaikei-config-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(Path(name)) << text;
    ::chmod(Path(name).c_str(), mode);
    return Path(name);
  }

 private:
  std::string path_;
};

/// An environment variable for the time of a test.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace gaikei
