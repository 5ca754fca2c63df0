"""What tools/capture_host is made of: each module reads one part of the machine into a Tree."""
