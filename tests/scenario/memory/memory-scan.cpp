// Looks for secrets in the memory of a process, in a core file or in files. The secrets come on
// standard input, never on the command line:
//
//   memory-scan pid PID | memory-scan files PATH...
//
// Input: lines "NAME HEXDIGITS". Output: lines "NAME PLACE FORM COUNT" for what was found, and
// "# PLACE OCTETS" for how much was looked through. PLACE is locked (mlock and MADV_DONTDUMP),
// heap, stack, file (a mapping of a file) or mapping (any other); for `files` it is the path. With
// MEMORY_SCAN_ADDRESSES in the environment each find is told with its address, too. Exit status: 0
// whatever was found, 1 when something could not be read.

#include "base/encoding.h"
#include "base/file_descriptor.h"
#include "tests/scenario/memory/forms.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <tuple>

namespace {

using ut::Bytes;
using ut::ByteView;
using ut::scan::Form;
using ut::scan::Secret;

struct Pattern {
  std::size_t secret;
  std::string form;
  Bytes octets;
};

struct Hit {
  std::uint64_t begin;
  std::uint64_t end;
  const Pattern* pattern;
};

class Search {
 public:
  explicit Search(const std::vector<Secret>& secrets) {
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      for (auto& form : ut::scan::forms_of(secrets[i].octets)) {
        longest_ = std::max(longest_, form.octets.size());
        patterns_.push_back({i, std::move(form.name), std::move(form.octets)});
      }
    }
    for (const auto& pattern : patterns_) {
      by_first_two_[key(pattern.octets.data())].push_back(&pattern);
    }
  }

  std::size_t longest() const { return longest_; }

  // Adds what begins in the first `fresh` octets of `block`, which stands at `address`.
  void look(ByteView block, std::size_t fresh, std::uint64_t address,
            std::vector<Hit>& hits) const {
    for (std::size_t at = 0; at < fresh && at + 1 < block.size(); ++at) {
      for (const Pattern* pattern : by_first_two_[key(block.data() + at)]) {
        const auto& octets = pattern->octets;
        if (octets.size() <= block.size() - at &&
            std::memcmp(octets.data(), block.data() + at, octets.size()) == 0) {
          hits.push_back({address + at, address + at + octets.size(), pattern});
        }
      }
    }
  }

 private:
  static std::size_t key(const std::uint8_t* octets) { return octets[0] * 256U + octets[1]; }

  std::vector<Pattern> patterns_;
  std::vector<std::vector<const Pattern*>> by_first_two_{65536};
  std::size_t longest_ = 0;
};

// CK within Ks is Ks: what lies within a longer find is no find of its own.
std::vector<Hit> outermost(std::vector<Hit> hits) {
  std::ranges::sort(hits, [](const Hit& a, const Hit& b) {
    return std::tuple(a.begin, b.end) < std::tuple(b.begin, a.end);
  });
  std::vector<Hit> kept;
  std::uint64_t covered = 0;
  for (const auto& hit : hits) {
    if (hit.end > covered) {
      kept.push_back(hit);
      covered = hit.end;
    }
  }
  return kept;
}

// Reads up to `to.size()` octets at `address`; how many there were.
using Read = std::function<std::size_t(std::span<std::uint8_t> to, std::uint64_t address)>;

std::vector<Hit> look_through(const Search& search, const Read& read, std::uint64_t begin,
                              std::uint64_t end) {
  constexpr std::size_t kBlock = 1024 * 1024;
  std::vector<Hit> hits;
  Bytes block(kBlock + search.longest());
  while (begin < end) {
    const auto wanted = std::min<std::uint64_t>(block.size(), end - begin);
    const auto got = read(std::span(block).first(wanted), begin);
    if (got == 0) {
      break;
    }
    const std::size_t fresh = std::min(kBlock, got);
    search.look(ByteView(block).first(got), fresh, begin, hits);
    begin += fresh;
  }
  return outermost(std::move(hits));
}

struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool readable = false;
  std::string name;
  std::string flags;  // " rd wr ... "
};

std::string place_of(const Mapping& mapping) {
  const auto has = [&](const char* flag) { return mapping.flags.find(flag) != std::string::npos; };
  if (has(" lo ") && has(" dd ")) {
    return "locked";
  }
  if (mapping.name == "[heap]") {
    return "heap";
  }
  if (mapping.name == "[stack]") {
    return "stack";
  }
  return mapping.name.starts_with('/') ? "file" : "mapping";
}

std::vector<Mapping> mappings_of(const std::string& process) {
  std::ifstream in(process + "/smaps");
  if (!in) {
    throw std::runtime_error("cannot read " + process + "/smaps");
  }
  std::vector<Mapping> all;
  std::string line;
  while (std::getline(in, line)) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char access[5] = {};
    int name = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %n", &begin, &end, access, &name) == 3) {
      all.push_back({begin,
                     end,
                     access[0] == 'r',
                     line.substr(std::min(line.size(), static_cast<std::size_t>(name))),
                     {}});
    } else if (line.starts_with("VmFlags:") && !all.empty()) {
      all.back().flags = line.substr(8) + " ";
    }
  }
  return all;
}

class Report {
 public:
  explicit Report(const std::vector<Secret>& secrets) : secrets_(secrets) {}

  void add(const std::string& place, std::uint64_t octets, const std::vector<Hit>& hits) {
    looked_at_[place] += octets;
    for (const auto& hit : hits) {
      const auto& name = secrets_[hit.pattern->secret].name;
      ++found_[{name, place, hit.pattern->form}];
      if (std::getenv("MEMORY_SCAN_ADDRESSES") != nullptr) {
        std::cerr << std::hex << hit.begin << std::dec << ' ' << place << ' ' << name << ' '
                  << hit.pattern->form << '\n';
      }
    }
  }

  void print() const {
    for (const auto& [what, count] : found_) {
      const auto& [name, place, form] = what;
      std::cout << name << ' ' << place << ' ' << form << ' ' << count << '\n';
    }
    for (const auto& [place, octets] : looked_at_) {
      std::cout << "# " << place << ' ' << octets << '\n';
    }
  }

 private:
  const std::vector<Secret>& secrets_;
  std::map<std::tuple<std::string, std::string, std::string>, unsigned> found_;
  std::map<std::string, std::uint64_t> looked_at_;
};

ut::FileDescriptor open_file(const std::string& path) {
  ut::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw std::runtime_error("cannot read " + path + ": " + std::strerror(errno));
  }
  return file;
}

Read reader_of(const ut::FileDescriptor& file) {
  return [&file](std::span<std::uint8_t> to, std::uint64_t address) -> std::size_t {
    std::size_t filled = 0;
    while (filled < to.size()) {
      const auto got = ::pread(file.get(), to.data() + filled, to.size() - filled,
                               static_cast<off_t>(address + filled));
      if (got <= 0) {
        break;
      }
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  };
}

void scan_process(const Search& search, const std::string& pid, Report& report) {
  const std::string process = "/proc/" + pid;
  const auto memory = open_file(process + "/mem");
  const auto read = reader_of(memory);
  for (const auto& mapping : mappings_of(process)) {
    // [vvar] is the kernel's and cannot be read this way.
    if (!mapping.readable || mapping.name == "[vvar]" || mapping.name == "[vsyscall]") {
      continue;
    }
    report.add(place_of(mapping), mapping.end - mapping.begin,
               look_through(search, read, mapping.begin, mapping.end));
  }
}

void scan_file(const Search& search, const std::string& path, Report& report) {
  const auto file = open_file(path);
  const auto size = std::filesystem::file_size(path);
  report.add(path, size, look_through(search, reader_of(file), 0, size));
}

void scan_path(const Search& search, const std::string& path, Report& report) {
  if (!std::filesystem::is_directory(path)) {
    scan_file(search, path, report);
    return;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) {
      scan_file(search, entry.path().string(), report);
    }
  }
}

std::vector<Secret> read_secrets(std::istream& in) {
  constexpr std::size_t kShortest = 4;  // less is found by chance
  std::vector<Secret> secrets;
  std::string name;
  std::string digits;
  while (in >> name >> digits) {
    auto octets = ut::from_hex(digits);
    if (!octets || octets->size() < kShortest) {
      throw std::runtime_error("the secret " + name + " is not at least 4 octets in hexadecimal");
    }
    secrets.push_back({name, *std::move(octets)});
  }
  if (secrets.empty()) {
    throw std::runtime_error("no secrets on standard input");
  }
  return secrets;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool process = arguments.size() == 2 && arguments[0] == "pid";
  if (!process && (arguments.size() < 2 || arguments[0] != "files")) {
    std::cerr
        << "usage: memory-scan pid PID | memory-scan files PATH..., secrets on standard input\n";
    return 2;
  }
  const auto secrets = read_secrets(std::cin);
  const Search search(secrets);
  Report report(secrets);
  if (process) {
    scan_process(search, arguments[1], report);
  } else {
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      scan_path(search, arguments[i], report);
    }
  }
  report.print();
  return 0;
} catch (const std::exception& problem) {
  std::cerr << "memory-scan: " << problem.what() << '\n';
  return 1;
}
