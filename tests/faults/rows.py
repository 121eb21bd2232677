"""Which tests stand for which row of the table of faults: the row's number, what goes wrong, the
tests that make it go wrong for real.

`test_rows.py` holds that every row is here and that every test is there. `ELSEWHERE` says what a
row's tests cannot show on every machine.
"""

from __future__ import annotations

ENGINE = "tests/engine/test_server.py::"
WIRE = "tests/faults/test_wire.py::"
PROCESS = "tests/faults/test_process.py::"
CHAT = "tests/test_chat_manager.py::"
SOCKET = "tests/parts/test_chat_socket.py::"
LIBRARY = "tests/parts/test_drawings_library.py::"
VECTOR = "tests/drawings/test_vector_formats.py::"
GUARD = "tests/test_guard.py::"
ACCESS = "tests/test_access.py::"
HOSTILE = "tests/browser/test_hostile.py::"
OWNERS = "tests/parts/test_two_owners.py::"

_REFUSED = LIBRARY + "test_refused_uploads_leave_nothing"
_FRAMES = WIRE + "test_rows_19_to_22_bad_frames"

ROWS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "kill -9 of the engine's core in the middle of an answer",
        (
            ENGINE + "test_a_killed_engine_is_told_and_comes_back",
            CHAT + "test_row_1_engine_death_interrupts_running_turns_and_the_next_is_answered",
        ),
    ),
    2: (
        "SIGSTOP of the engine's core",
        (
            "tests/engine/test_faults.py::"
            "test_row_2_a_hung_engine_is_not_ready_comes_back_and_is_given_up",
            "tests/engine/test_qwen_vision_service.py::"
            "test_a_hung_idle_engine_is_noticed_and_comes_back",
        ),
    ),
    3: (
        "kill -9 of the server in the middle of an answer",
        (
            ENGINE + "test_a_killed_server_leaves_no_process_and_marks_the_answer",
            CHAT + "test_row_3_after_a_crash_the_partial_answer_is_there_and_resume_ends",
        ),
    ),
    4: ("SIGTERM in the middle of an answer", (PROCESS + "test_row_4_a_sigterm_loses_no_word",)),
    5: (
        "SIGTERM with a client that reads nothing",
        (PROCESS + "test_row_5_a_sigterm_with_a_client_that_reads_nothing",),
    ),
    6: (
        "no model, or no memory for it, at the start",
        (
            PROCESS + "test_row_6_a_missing_model_leaves_the_page_up_and_says_what_to_do",
            "tests/engine/test_qwen_vision_service.py::test_no_memory_is_told_and_leaves_nothing",
        ),
    ),
    7: (
        "one request fails in the engine",
        (CHAT + "test_row_7_a_failing_request_is_the_only_one",),
    ),
    8: ("disk full at an upload", (PROCESS + "test_rows_8_and_9_a_full_disk",)),
    9: (
        "disk full at a write of the database",
        (
            PROCESS + "test_rows_8_and_9_a_full_disk",
            "tests/parts/test_storage_database.py::"
            "test_row_9_a_full_disk_is_a_typed_error_and_the_database_stays_sound",
        ),
    ),
    10: (
        "database locked by another program",
        (
            PROCESS + "test_row_10_a_locked_database_is_a_bounded_wait_and_503",
            "tests/parts/test_storage_database.py::"
            "test_row_10_a_lock_from_outside_is_a_bounded_wait_off_the_loop",
        ),
    ),
    11: (
        "data folder read-only",
        (
            PROCESS + "test_row_11_a_read_only_data_folder_refuses_the_start",
            "tests/parts/test_storage_database.py::"
            "test_row_11_the_server_does_not_start_and_says_why",
        ),
    ),
    12: (
        "slow reader",
        (SOCKET + "test_row_12_a_client_that_reads_nothing_is_dropped_and_the_turn_goes_on",),
    ),
    13: (
        "a client vanishes",
        (
            WIRE + "test_row_13_a_client_that_vanishes_leaves_nothing",
            SOCKET + "test_row_13_a_lost_socket_is_no_stop_and_leaves_nothing",
        ),
    ),
    14: ("idle sockets", (WIRE + "test_row_14_idle_sockets_cost_little_and_leave_nothing",)),
    15: ("1,000 half-sent requests", (WIRE + "test_row_15_half_sent_requests_are_closed",)),
    16: ("200 MB of headers", (WIRE + "test_row_16_endless_headers",)),
    17: (
        "a message of 100 MB",
        (
            WIRE + "test_row_17_a_message_of_100_mb",
            SOCKET + "test_row_17_too_large_a_frame_closes_with_1009",
        ),
    ),
    18: ("a compressed bomb", (WIRE + "test_row_18_compression_is_never_agreed_on",)),
    19: ("binary frames", (_FRAMES,)),
    20: (
        "bad JSON, deep nesting",
        (_FRAMES, "tests/parts/test_frame_fuzz.py::test_no_frame_hurts"),
    ),
    21: ("unknown types, extra keys", (_FRAMES,)),
    22: (
        "lone surrogates, NUL, bad UTF-8",
        (_FRAMES, WIRE + "test_row_22_bad_utf_8_closes_with_1007"),
    ),
    23: (
        "a flood of questions from one user",
        (
            CHAT + "test_row_23_the_queue_is_bounded",
            "tests/test_chat_waiting_line.py::"
            "test_row_23_a_flood_is_busy_and_leaves_room_for_others",
            "tests/test_chat_waiting_line.py::test_row_23_one_owner_never_has_all_places",
        ),
    ),
    24: (
        "a flood of sockets from one user",
        (
            ACCESS + "test_row_24_one_owner_has_so_many_at_once_and_others_their_own",
            SOCKET + "test_row_24_turns_of_a_socket_are_bounded",
        ),
    ),
    25: (
        "a prompt over the context",
        (
            ENGINE + "test_too_long_a_prompt_is_refused_with_numbers",
            "tests/test_chat_context.py::test_row_25_only_a_prompt_that_does_not_fit_is_refused",
        ),
    ),
    26: (
        "truncated, corrupt or unknown files",
        (_REFUSED, "tests/drawings/test_fuzz.py::test_damaged_files"),
    ),
    27: ("a PNG of 60000×60000", (_REFUSED,)),
    28: ("1×1 and 1×20000", (_REFUSED,)),
    29: ("a TIFF with loops or very many frames", (_REFUSED,)),
    30: ("a PDF of very many pages", (_REFUSED,)),
    31: ("a huge MediaBox", (LIBRARY + "test_row_31_a_huge_page_is_capped_with_a_warning",)),
    32: ("an encrypted or damaged PDF", (_REFUSED,)),
    33: ("scripts in a PDF", (LIBRARY + "test_row_33_scripts_in_a_pdf_do_not_run",)),
    34: ("DXF bombs", (VECTOR + "test_row_34_dxf_bombs_end_typed",)),
    35: (
        "paths to other files in a DXF",
        (VECTOR + "test_row_35_outside_references_are_not_opened",),
    ),
    36: (
        "entities and references in an SVG",
        (
            VECTOR + "test_row_36_svg_entities_and_references",
            VECTOR + "test_row_36_an_svg_bomb_ends_typed",
        ),
    ),
    37: (
        "wrong magic, polyglot, zip",
        (
            "tests/test_drawings_sniff.py::test_row_37_polyglot_zip_with_a_pdf_inside_is_a_zip",
            "tests/test_drawings_sniff.py::test_refused_with_what_to_do",
        ),
    ),
    38: (
        "file names that are paths, too long, or turn the text around",
        (
            "tests/parts/test_drawings_upload.py::test_row_38_names_are_labels_only",
            "tests/parts/test_drawings_upload.py::test_row_38_long_names_keep_their_ending",
        ),
    ),
    39: (
        "the same file many times at once",
        (LIBRARY + "test_row_39_the_same_file_many_times_at_once",),
    ),
    40: (
        "an upload cut in half",
        ("tests/parts/test_drawings_routes.py::test_row_40_an_upload_cut_in_half_leaves_nothing",),
    ),
    41: (
        "guessing tokens",
        (
            ACCESS + "test_41_guessing_has_to_wait_and_others_have_not",
            ACCESS + "test_41_the_wait_doubles_up_to_a_minute_and_ends",
        ),
    ),
    42: (
        "another owner's identifiers, in any call or frame",
        (
            OWNERS + "test_42_every_route_with_anothers_ids_answers_404",
            OWNERS + "test_42_identifiers_in_queries_and_bodies",
            OWNERS + "test_42_lists_hold_only_ones_own",
            OWNERS + "test_42_every_frame_with_anothers_ids_is_not_found",
            OWNERS + "test_42_another_persons_live_turn_cannot_be_stopped_or_watched",
        ),
    ),
    43: (
        "a wrong or null Origin",
        (
            GUARD + "test_43_another_sites_page_is_refused",
            GUARD + "test_a_real_server_refuses_the_handshake_with_the_status",
        ),
    ),
    44: ("an evil Host", (GUARD + "test_44_another_host_is_refused_before_the_app",)),
    45: ("a cross-site form", (GUARD + "test_45_a_cross_site_form_is_refused",)),
    46: (
        "script in a file name, an answer, a history",
        (
            HOSTILE + "test_rows_46_and_47_a_hostile_answer_is_inert",
            HOSTILE + "test_row_46_a_hostile_history_and_file_name_are_inert",
        ),
    ),
    47: (
        "an answer with a picture from elsewhere",
        (HOSTILE + "test_rows_46_and_47_a_hostile_answer_is_inert",),
    ),
    48: (
        "a spoofed X-Forwarded-For",
        (
            ACCESS + "test_row_48_forwarded_headers_count_from_a_trusted_proxy",
            ACCESS + "test_row_48_a_spoofed_address_does_not_escape_the_wait",
        ),
    ),
    49: (
        "special tokens in a question, a file name, a drawing's text",
        (
            "tests/engine/test_qwen_vision_service.py::"
            "test_control_tokens_in_a_question_are_plain_text",
            "tests/test_engine_prompt.py::test_no_token_stays_in_what_comes_from_outside",
            "tests/test_engine_prompt.py::test_no_nesting_brings_a_token_back",
        ),
    ),
    50: (
        "instructions written inside a drawing",
        (
            "tests/test_tools_sheet_tools.py::"
            "test_only_the_drawings_of_the_conversation_are_searched",
            "tests/test_chat_context.py::test_another_owners_drawing_is_not_shown",
        ),
    ),
}

#: What a row's tests cannot show everywhere, and why.
ELSEWHERE: dict[int, str] = {
    8: "needs a user namespace for a small disk (Linux, not inside every container)",
    9: "as row 8; the test of the database alone limits its pages instead and runs everywhere",
    11: "as row 8 for root, who may write anywhere else",
    14: "200 sockets here; the 5,000 beside 16 streams are a benchmark, benchmarks/sockets.py",
    46: "needs Chromium",
    47: "needs Chromium",
    50: "what a model believes cannot be tested; that its tools reach only this conversation's "
    "drawings can",
}
