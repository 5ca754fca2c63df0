/* The journal: how a training process hands its records to the monitor, byte by byte.
 *
 * One file per run, of fixed size, fully allocated where it is used. Each writing thread of each
 * writing process owns one lane of it, maps that lane and stores records there; the monitor reads
 * the file with pread. A record is complete in the file before step() returns, so SIGKILL of the
 * trainer loses nothing that was taken. C11 and C++17; docs/journal_format.md says the same to
 * those who write a reader in another language.
 *
 *
 * THE FILE
 *
 *   offset                    bytes
 *   0x00000  identity          1,024   written once, before the file gets its name
 *   0x00400  control             128   written by the monitor: one byte
 *   0x00480  shared drops        128   written by every writer, atomic additions
 *   0x01000  lane table       32,768   64 entries of 512 bytes
 *   0x0A000  label, copy A     8,192   what the monitor notes for its successor
 *   0x0C000  label, copy B     8,192
 *   0x10000  slots of lane 0   slots_per_lane * 64, rounded up to 65,536
 *   ...      slots of lane 1
 *
 * The file's size covers all lanes, but only lanes that were allocated occupy memory: a journal
 * with one writer costs 64 KiB and one lane. Slots begin at 64 KiB and lanes are multiples of it
 * because that is the largest page size of the machines this runs on (some aarch64 kernels) and
 * each lane is mapped by itself. Numbers are stored as the machine stores them (`byte_order` tells
 * which way); the file does not outlive the machine's use of it and is not meant to travel.
 *
 *
 * A LANE: a ring with one writer
 *
 *        released (tail)                        published (head)
 *             |                                       |
 *     ... ____v_______________________________________v________________ ...
 *         free | records that the monitor may still need | free
 *
 *   Positions count slots since the journal was made and never wrap; position p lies in slot
 *   p mod slots_per_lane. head - tail <= slots_per_lane always. Each part of a lane's entry has one
 *   writer and lies in its own 128 bytes, what two cores that write must not share (two lines that
 *   x86 fetches together; one line of Apple's cores).
 *
 *   owner part    who writes here       written by whoever claims the lane
 *   writer part   head, counts          written by the owner of the lane
 *   reader part   tail                  written by the monitor
 *
 * Who owns a lane (`state_word`, low byte), and who may take each arrow:
 *
 *                  claim: compare-exchange by a writer
 *        free ────────────────────────────────────────▶ claimed
 *         ▲                                             │     │ the thread or process
 *         │  one-byte store by the monitor, once all    │     ▼ ends in good order
 *         │  is released and                            │   retired
 *         ├──── the owner is dead ──────────────────────┘     │
 *         └────────────────────────────────────────────◀──────┘
 *
 *   The claimer's pid is in the same word, so there is no instant at which a lane is claimed and
 *   nobody knows by whom. head and tail go on where the last owner left them.
 *
 * What becomes of a slot:
 *
 *   writer: stores all slots of a record (any order) ─▶ stores head with RELEASE ─▶ step() is true
 *   monitor: loads head with ACQUIRE ─▶ copies slots ─▶ checks the copy ─▶ commits rows and
 * position in one transaction ─▶ stores tail ─▶ the writer, loading tail with ACQUIRE, may reuse it
 *
 *   Hence: a record is taken when head has passed it, all its slots at once. A writer killed
 * earlier leaves nothing behind; one killed between that store and its return leaves one record
 * more than it knows of. A monitor killed anywhere begins again at the position it committed, which
 * is never behind tail. The writer waits for nobody: without room it counts the record as dropped.
 *
 *
 * A POSITION WORD (head, tail) carries 16 check bits, so that a value seen half-written, or
 * scribbled, is noticed: the monitor reads and writes with pread and pwrite, which promise no
 * atomicity of eight bytes. 48 bits of position last for 8.9 years at a million slots a second.
 *
 * A SLOT is 64 bytes, one cache line, and carries its sequence and a checksum over itself, its
 * position and the journal's salt. Publication alone makes torn records impossible while the
 * machine runs; the checksum is for stray stores of the trainer, for pages that a power cut kept
 * from a disk file, and for readers that do not trust writers.
 *
 *
 * VERSIONS. `version_major` changes when a reader of the old one would misread; it must refuse
 * another major. `version_minor` grows when record kinds or fields in reserved bytes are added:
 * a reader skips kinds that it does not know (each slot says how to skip it) and ignores reserved
 * bytes, a writer stores zero there. Kinds and flags are never given a second meaning.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers ----------------------------------------------------------------------------------
 */

enum {
  tidemark_version_major = 1,
  tidemark_version_minor = 1,

  tidemark_identity_bytes = 0x400,
  tidemark_control_offset = 0x400,
  tidemark_drops_offset = 0x480,
  tidemark_lane_table_offset = 0x1000,
  tidemark_label_offset = 0xA000, /* copy A; copy B follows it */
  tidemark_label_bytes = 0x2000,
  tidemark_slots_offset = 0x10000, /* also what a lane's bytes are rounded up to */

  /* 64: eight ranks with a few recording threads each, and forked children besides. */
  tidemark_lane_count = 64,
  tidemark_lane_entry_bytes = 512,
  tidemark_slot_bytes = 64,

  /* 262,144: what a trainer at 20,000 steps a second writes in 13 seconds, so that a monitor may be
   * stopped for ten. 16 MiB. A power of two, so that the slot of a position is a mask. */
  tidemark_default_slots_per_lane = 262144,
  tidemark_min_slots_per_lane = 1024,
  tidemark_max_slots_per_lane = 1 << 24,

  tidemark_max_type_bytes = 64,         /* an event's type, a phase's name */
  tidemark_max_details_bytes = 1 << 18, /* 256 KiB: the largest is a job's config */
  tidemark_event_first_bytes = 32,      /* payload in an event's first slot */
  tidemark_continuation_bytes = 48      /* payload in each further one */
};

static const uint8_t tidemark_magic[8] = {'T', 'I', 'D', 'E', 'M', 'A', 'R', 'K'};
static const uint32_t tidemark_byte_order = 0x01020304; /* 04 03 02 01 in a little-endian file */

/* ---- identity -----------------------------------------------------------------------------------
 */

/* Written once. A timestamp of a record is boot time; its wall time is
 * anchor_wall_ns + (time_ns - anchor_boot_ns). */
typedef struct tidemark_identity {
  uint8_t magic[8];
  uint32_t byte_order;
  uint16_t version_major;
  uint16_t version_minor;
  uint32_t slots_offset;
  uint32_t lane_count;
  uint32_t lane_entry_bytes;
  uint32_t slots_per_lane;
  uint32_t slot_bytes;
  uint32_t salt;    /* random; goes into every checksum: slots of another journal do not pass */
  uint8_t id[16];   /* random: the journal's name for the database */
  char boot_id[40]; /* the kernel's boot id, zero-padded: pids and clocks below are of that boot */
  int64_t anchor_boot_ns;    /* CLOCK_BOOTTIME (Darwin: CLOCK_MONOTONIC) ... */
  int64_t anchor_wall_ns;    /* ... and CLOCK_REALTIME at one instant */
  uint64_t root_start_ticks; /* the run's root process, /proc/PID/stat field 22; 0: unknown */
  int32_t root_pid;
  uint32_t creator_uid;
  uint64_t checksum; /* tidemark_fnv1a over the bytes before it */
} tidemark_identity;

static_assert(offsetof(tidemark_identity, byte_order) == 8, "ABI");
static_assert(offsetof(tidemark_identity, version_major) == 12, "ABI");
static_assert(offsetof(tidemark_identity, slots_offset) == 16, "ABI");
static_assert(offsetof(tidemark_identity, slots_per_lane) == 28, "ABI");
static_assert(offsetof(tidemark_identity, salt) == 36, "ABI");
static_assert(offsetof(tidemark_identity, id) == 40, "ABI");
static_assert(offsetof(tidemark_identity, boot_id) == 56, "ABI");
static_assert(offsetof(tidemark_identity, anchor_boot_ns) == 96, "ABI");
static_assert(offsetof(tidemark_identity, root_start_ticks) == 112, "ABI");
static_assert(offsetof(tidemark_identity, checksum) == 128, "ABI");
static_assert(sizeof(tidemark_identity) == 136, "ABI");

/* ---- control, drops, label
 * ------------------------------------------------------------------------ */

typedef struct tidemark_control {
  uint8_t closed; /* 1: the monitor takes no more; step() answers false and counts `disabled` */
  uint8_t reserved[127];
} tidemark_control;

/* Records that never reached a lane. */
typedef struct tidemark_shared_drops {
  uint64_t no_lane;  /* every lane was owned, or no memory could be had for another */
  uint64_t disabled; /* the writer was switched off, or the journal closed */
  uint8_t reserved[112];
} tidemark_shared_drops;

/* Free text of the monitor (which database, which run), for the one who finds the journal after the
 * monitor's death. Two copies written in turn: the valid one with the higher generation counts. */
typedef struct tidemark_label {
  uint64_t generation; /* 0: never written */
  uint64_t checksum;   /* tidemark_fnv1a over the text, started from generation */
  uint32_t text_bytes;
  uint32_t reserved;
  char text[tidemark_label_bytes - 24];
} tidemark_label;

static_assert(sizeof(tidemark_control) == 128 && sizeof(tidemark_shared_drops) == 128, "ABI");
static_assert(sizeof(tidemark_label) == tidemark_label_bytes, "ABI");

/* ---- a lane's entry
 * ------------------------------------------------------------------------------- */

enum { tidemark_lane_free = 0, tidemark_lane_claimed = 1, tidemark_lane_retired = 2 };

typedef struct tidemark_lane {
  /* Owner part. state_word: state | claims << 8 | pid << 32 (claims: 24 bits, for the curious). The
   * fields after it are stored by the claimer after its compare-exchange, owner_start_ticks last;
   * the monitor zeroes that one before it frees a lane. While it is zero nobody can tell whether
   * the owner lives, and the lane stays claimed: a lane too few is better than two writers in one.
   */
  uint64_t state_word;
  uint64_t owner_start_ticks;   /* /proc/PID/stat field 22; 0: not known (yet) */
  uint64_t owner_pid_namespace; /* inode of /proc/self/ns/pid: in another one a pid means nothing */
  uint64_t owner_thread;        /* the kernel's thread id */
  int64_t claimed_at_boot_ns;
  uint8_t allocated; /* 1: the lane's slots have their memory */
  uint8_t reserved_owner[87];

  /* Writer part. */
  uint64_t head_word;
  uint64_t records_total;           /* records published */
  uint64_t dropped_full_total;      /* records without room */
  uint64_t dropped_too_large_total; /* events over the limits */
  uint8_t reserved_writer[96];

  /* Reader part. */
  uint64_t tail_word;
  uint8_t reserved_reader[120];

  uint8_t reserved[128];
} tidemark_lane;

static_assert(offsetof(tidemark_lane, claimed_at_boot_ns) == 32, "ABI");
static_assert(offsetof(tidemark_lane, allocated) == 40, "ABI");
static_assert(offsetof(tidemark_lane, head_word) == 128, "ABI");
static_assert(offsetof(tidemark_lane, dropped_full_total) == 144, "ABI");
static_assert(offsetof(tidemark_lane, tail_word) == 256, "ABI");
static_assert(sizeof(tidemark_lane) == tidemark_lane_entry_bytes, "ABI");

/* ---- slots
 * ------------------------------------------------------------------------------------------ */

enum {
  tidemark_kind_step = 1,
  tidemark_kind_event = 2,       /* something that happened: type and details */
  tidemark_kind_phase_start = 3, /* laid out as an event; the type is the phase's name */
  tidemark_kind_phase_end = 4,
  tidemark_kind_allocator = 5,
  tidemark_kind_step_completion =
      6,                           /* laid out as a step: values of a step that was recorded before
                                      them (a tensor's, read when it was ready); since 1.1 */
  tidemark_kind_continuation = 255 /* further payload of the event before it */
};

/* Presence of a step's values: a value may be NaN or infinite and present. */
enum {
  tidemark_has_loss = 1,
  tidemark_has_learning_rate = 2,
  tidemark_has_gradient_norm = 4,
  tidemark_has_batch_size = 8,
  tidemark_has_step_time = 16,
  tidemark_has_data_wait = 32
};

/* Losses and rates keep the precision that Python gives them; the two durations are floats (seven
 * digits: 0.2 ms in an hour), which is what makes a step fit one cache line. */
typedef struct tidemark_step_body {
  int64_t step;
  int64_t time_ns; /* CLOCK_BOOTTIME */
  double loss;
  double learning_rate;
  double gradient_norm;
  float step_time_seconds;
  float data_wait_seconds;
} tidemark_step_body;

/* payload: type_bytes bytes of type, then the details up to `argument` bytes in all; what does not
 * fit goes on in continuation slots. */
typedef struct tidemark_event_body {
  int64_t time_ns;
  uint16_t type_bytes;
  uint8_t reserved[6];
  uint8_t payload[tidemark_event_first_bytes];
} tidemark_event_body;

/* Of one device's allocator at one moment, in bytes. Its device is in `argument`, its kind in
 * `flags`. */
typedef struct tidemark_allocator_body {
  int64_t time_ns;
  int64_t step; /* -1: outside of steps */
  uint64_t allocated_bytes;
  uint64_t reserved_bytes;
  uint64_t peak_allocated_bytes; /* 0 beside others that are not: it keeps no peak */
  uint64_t peak_reserved_bytes;
} tidemark_allocator_body;

enum { tidemark_device_cpu = 0, tidemark_device_cuda = 1, tidemark_device_mps = 2 };

typedef struct tidemark_slot {
  uint32_t sequence; /* position, low 32 bits */
  uint32_t checksum; /* tidemark_slot_checksum */
  uint8_t kind;
  uint8_t flags; /* step, its completion: tidemark_has_*; allocator: tidemark_device_*; else 0 */
  uint16_t rank;
  uint32_t argument; /* step: batch size; event: payload bytes in all; allocator: device index;
                        continuation: its place in its record, from 1 */
  union {
    tidemark_step_body step;
    tidemark_event_body event;
    tidemark_allocator_body allocator;
    uint8_t continuation[tidemark_continuation_bytes];
  } body;
} tidemark_slot;

static_assert(offsetof(tidemark_slot, kind) == 8 && offsetof(tidemark_slot, flags) == 9, "ABI");
static_assert(offsetof(tidemark_slot, rank) == 10 && offsetof(tidemark_slot, argument) == 12,
              "ABI");
static_assert(offsetof(tidemark_slot, body) == 16, "ABI");
static_assert(offsetof(tidemark_step_body, time_ns) == 8, "ABI");
static_assert(offsetof(tidemark_step_body, gradient_norm) == 32, "ABI");
static_assert(offsetof(tidemark_step_body, data_wait_seconds) == 44, "ABI");
static_assert(offsetof(tidemark_event_body, payload) == 16, "ABI");
static_assert(offsetof(tidemark_allocator_body, peak_reserved_bytes) == 40, "ABI");
static_assert(sizeof(tidemark_slot) == tidemark_slot_bytes, "ABI");

/* ---- arithmetic that writers and readers share
 * ------------------------------------------------------ */

static inline uint64_t tidemark_position_word(uint64_t position) {
  return position << 16 | (position * UINT64_C(0x9e3779b97f4a7c15)) >> 48;
}

/* False for a word that is no position: seen half-written, or scribbled. */
static inline bool tidemark_position_of(uint64_t word, uint64_t* position) {
  *position = word >> 16;
  return tidemark_position_word(*position) == word;
}

static inline uint64_t tidemark_fnv1a(uint64_t start, const void* bytes, size_t size) {
  const uint8_t* at = (const uint8_t*)bytes;
  uint64_t hash = start ^ UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; ++i) hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
  return hash;
}

/* The upper half of a sum of products modulo 2^64 over the slot's 32-bit words without the
 * checksum, the position's upper half and the salt: two different slots agree with probability
 * 2^-32 over the choice of multipliers (Lemire and Kaser, "Strongly universal string hashing is
 * fast", 2014). The products do not wait for each other, as the steps of a CRC do, and no table has
 * to be in the cache. The multipliers are splitmix64's first 18 values from the seed "tidemark"
 * (0x746964656d61726b). */
static inline uint64_t tidemark_word_product(uint64_t word, uint64_t first_key,
                                             uint64_t second_key) {
  uint32_t half[2];
  memcpy(half, &word, sizeof half);
  return first_key * half[0] + second_key * half[1];
}

/* Over the slot as eight native 64-bit words, whatever the checksum's place in it holds. Written
 * out, so that a writer that has the words in registers need not store them first: what was just
 * stored in small pieces and is loaded in larger ones has to be waited for. */
static inline uint32_t tidemark_words_checksum(const uint64_t words[8], uint64_t position,
                                               uint32_t salt) {
  uint64_t sum = UINT64_C(0x7def9af5fbde3004) +
                 tidemark_word_product(words[0], UINT64_C(0x0ac2a3b428db2d92), 0);
  sum +=
      tidemark_word_product(words[1], UINT64_C(0x392bb96b20b52b1d), UINT64_C(0xbd08c780de348510));
  sum +=
      tidemark_word_product(words[2], UINT64_C(0xdd88c3083e20e2a3), UINT64_C(0x614cc5ecb63138a8));
  sum +=
      tidemark_word_product(words[3], UINT64_C(0x4f28e9fb7cede476), UINT64_C(0x583721e7dfff2fc8));
  sum +=
      tidemark_word_product(words[4], UINT64_C(0x405255e982efeaa7), UINT64_C(0x81eccb70d4200a13));
  sum +=
      tidemark_word_product(words[5], UINT64_C(0xfca91a3237cf3d1d), UINT64_C(0x0abbec0fb3bc2cbc));
  sum +=
      tidemark_word_product(words[6], UINT64_C(0xef01a3c1c7927abf), UINT64_C(0x6b1d76d954ac9437));
  sum +=
      tidemark_word_product(words[7], UINT64_C(0x080dcb16ebd730ec), UINT64_C(0x231cbbfde6285264));
  sum += UINT64_C(0x9a4d81e803fe9879) * (uint32_t)(position >> 32);
  sum += UINT64_C(0x8f17353b093704e9) * salt;
  return (uint32_t)(sum >> 32);
}

static inline uint32_t tidemark_slot_checksum(const tidemark_slot* slot, uint64_t position,
                                              uint32_t salt) {
  uint64_t words[8];
  memcpy(words, slot, sizeof words);
  return tidemark_words_checksum(words, position, salt);
}

/* Slots of an event whose type and details have this many bytes together. */
static inline uint32_t tidemark_event_slots(uint32_t payload_bytes) {
  return payload_bytes <= tidemark_event_first_bytes
             ? 1
             : 1 + (payload_bytes - tidemark_event_first_bytes + tidemark_continuation_bytes - 1) /
                       tidemark_continuation_bytes;
}

static inline uint64_t tidemark_lane_bytes(uint32_t slots_per_lane) {
  return ((uint64_t)slots_per_lane * tidemark_slot_bytes + tidemark_slots_offset - 1) /
         tidemark_slots_offset * tidemark_slots_offset;
}

/* ---- the writer
 * ---------------------------------------------------------------------------------------
 *
 * For the trainer's process. Recording (step, event, phase, allocator) takes no lock, makes no
 * allocation and no system call but the clock (no call at all where the vDSO has it), never waits
 * and never fails but by answering false, which is counted. The first record of a thread claims its
 * lane, which does make system calls, a few milliseconds for 16 MiB; tidemark_journal_claim does it
 * at a moment of the caller's choice. Any thread may record at any time, also in a forked child,
 * which gets a lane of its own (fork is noticed by pthread_atfork; a bare clone without the C
 * library's fork must not record). Not from a signal handler that may have interrupted a record. At
 * most 16 journals are open in a process. A null journal is allowed everywhere and takes nothing.
 */

typedef struct tidemark_journal tidemark_journal;

typedef enum tidemark_status {
  tidemark_ok = 0,
  tidemark_not_found = 1,     /* no such file; find: nobody monitors this process */
  tidemark_not_ours = 2,      /* of another user, or a link */
  tidemark_not_a_journal = 3, /* its header makes no sense */
  tidemark_other_version = 4, /* another major version or byte order */
  tidemark_no_memory = 5,     /* it could not be mapped, or 16 are open */
  tidemark_no_place = 6,      /* create: nowhere to put it */
  tidemark_not_yet = 7        /* find: this process is in a run whose journal is not there (yet) */
} tidemark_status;

/* What a step brings. `present`: tidemark_has_*. A batch size outside 0 .. 2^32-1 counts as absent.
 */
typedef struct tidemark_step_values {
  int64_t step;
  int64_t time_ns; /* tidemark_boot_ns() where the caller has it; 0: it is read */
  uint32_t present;
  uint32_t reserved;
  int64_t batch_size;
  double loss;
  double learning_rate;
  double gradient_norm;
  double step_time_seconds;
  double data_wait_seconds;
} tidemark_step_values;

typedef struct tidemark_allocator_values {
  int64_t step;
  uint8_t device_kind; /* tidemark_device_* */
  uint8_t reserved[3];
  uint32_t device_index;
  uint64_t allocated_bytes;
  uint64_t reserved_bytes;
  uint64_t peak_allocated_bytes;
  uint64_t peak_reserved_bytes;
} tidemark_allocator_values;

/* Of the whole journal: all lanes, all processes, since it was made. */
typedef struct tidemark_counts {
  uint64_t records_taken;
  uint64_t dropped_full;
  uint64_t dropped_no_lane;
  uint64_t dropped_too_large;
  uint64_t dropped_disabled;
} tidemark_counts;

/* Opens a journal to write to. The rank is $RANK where that is a number, else 0. Null on failure,
 * with the reason in *status (which may be null). */
tidemark_journal* tidemark_journal_open(const char* path, tidemark_status* status);

/* Where the journal is that this process belongs to; writes its path into `path`. In this order:
 *   1. $TIDEMARK_JOURNAL, if $TIDEMARK_RUN_ROOT ("pid:start_ticks") is this process or a living
 *      ancestor of it; otherwise the environment is another run's and is ignored;
 *   2. a journal in one of the memory folders (and beside $TIDEMARK_DB) that is of this user and
 * boot, is not closed and names this process or a living ancestor as its root: one that a monitor
 *      drains before one that nobody does, then the nearest ancestor's.
 * tidemark_not_yet: nothing was found, but the environment says that this process is in a run. */
tidemark_status tidemark_journal_find(char* path, size_t path_size);

/* Finds it and opens it. */
tidemark_journal* tidemark_journal_join(tidemark_status* status);

/* For a trainer that is alone: makes a journal whose root is this process, in memory where there is
 * room, else in `<database>.tidemark/`, and writes its path into `path`. `database` may be null
 * when memory has room. `label` (null: none; at most 8,168 bytes, a JSON object by agreement:
 * "job_name", "job_id", "database") says what it is, should the monitor that is then started with
 * the path never come up. tidemark_no_place: also for a label that does not fit. */
tidemark_status tidemark_journal_create(const char* database, const char* label, char* path,
                                        size_t path_size);

void tidemark_journal_set_rank(tidemark_journal* journal, uint16_t rank);
/* Off: records are counted as disabled. On at first. */
void tidemark_journal_set_enabled(tidemark_journal* journal, bool enabled);

/* Gets this thread its lane now. False: there is none to be had. */
bool tidemark_journal_claim(tidemark_journal* journal);

/* Each answers whether the record was taken: it is then in the journal whatever happens to this
 * process. Texts need no terminator and are UTF-8; a type or name has 1 .. 64 bytes, details (a
 * JSON object, or nothing) at most 256 KiB. */
bool tidemark_journal_step(tidemark_journal* journal, const tidemark_step_values* values);
/* Values that were not ready when their step was recorded; `time_ns` is that step's. */
bool tidemark_journal_step_completion(tidemark_journal* journal,
                                      const tidemark_step_values* values);
bool tidemark_journal_event(tidemark_journal* journal, const char* type, size_t type_bytes,
                            const char* details, size_t details_bytes);
bool tidemark_journal_phase(tidemark_journal* journal, const char* name, size_t name_bytes,
                            bool begins);
bool tidemark_journal_allocator(tidemark_journal* journal, const tidemark_allocator_values* values);

/* The clock of the records: CLOCK_BOOTTIME (Darwin: CLOCK_MONOTONIC). */
int64_t tidemark_boot_ns(void);

void tidemark_journal_read_counts(const tidemark_journal* journal, tidemark_counts* counts);

/* Gives this process's lanes back and unmaps. No other thread may be inside a call on this journal.
 */
void tidemark_journal_close(tidemark_journal* journal);

#ifdef __cplusplus
}
#endif
