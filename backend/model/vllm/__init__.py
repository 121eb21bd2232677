"""The parts of `QwenVisionService`: building, supervising and feeding a vLLM engine."""
